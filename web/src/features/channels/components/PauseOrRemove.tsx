import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button, Dialog, DialogActions, ErrorNote, Row, Stack, toast } from "@/ui";
import { useChangeChannel, useRemoveChannel, type Channel } from "../api";
import { useT } from "../messages";

export function PauseOrRemove({ channel }: { channel: Channel }) {
  const t = useT();
  const change = useChangeChannel();
  const [removing, setRemoving] = useState(false);
  const set = (active: boolean) =>
    change.mutate({ id: channel.id, active }, {
      onSuccess: () => toast(active ? t("resumedDone", { name: channel.name }) : t("pausedDone", { name: channel.name }), { undo: () => change.mutate({ id: channel.id, active: !active }) }),
    });
  return (
    <>
      <Row>
        <Button busy={change.isPending} onClick={() => set(!channel.active)}>{channel.active ? t("pause") : t("resume")}</Button>
        {!channel.builtin && <Button kind="danger" onClick={() => setRemoving(true)}>{t("remove")}</Button>}
      </Row>
      <ErrorNote error={change.error} />
      {removing && <RemoveDialog channel={channel} onClose={() => setRemoving(false)} />}
    </>
  );
}

function RemoveDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const remove = useRemoveChannel();
  const run = () =>
    remove.mutate(channel.id, {
      onSuccess: () => {
        toast(t("removed", { name: channel.name }));
        void navigate({ to: "/settings/channels" });
      },
    });
  return (
    <Dialog open onClose={onClose} title={t("removeTitle", { name: channel.name })} width={440}>
      <Stack>
        <p>{t("removeText", { address: channel.address })}</p>
        <ErrorNote error={remove.error} />
      </Stack>
      <DialogActions>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button kind="dangerFill" busy={remove.isPending} onClick={run}>{t("remove")}</Button>
      </DialogActions>
    </Dialog>
  );
}
