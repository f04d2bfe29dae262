import { createTransport, type SendMailOptions } from "nodemailer";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { bounded } from "./desk";

export interface Caught {
  mail: Email;
  recipients: string[];
}

/** A mail server on loopback that keeps what it is sent. */
export interface Catcher {
  port: number;
  caught: Caught[];
  /** The next mail that answers to this, also one that came before it was asked for. */
  next: (fits: (mail: Email) => boolean) => Promise<Caught>;
  /** From now on each message is refused for good, or none. */
  refuse: (reason: string | null) => void;
  stop: () => Promise<void>;
}

const MAIL_MS = 10_000;

export async function startCatcher(): Promise<Catcher> {
  const caught: Caught[] = [];
  const waiting = new Set<() => void>();
  let refusal: string | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (refusal) return done(Object.assign(new Error(refusal), { responseCode: 554 }));
        PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          caught.push({ mail, recipients: session.envelope.rcptTo.map((to) => to.address) });
          waiting.forEach((look) => look());
          done();
        }, done);
      });
    },
  });
  const listener = server.listen(0, "127.0.0.1");
  await new Promise<void>((ready, failed) => listener.once("listening", ready).once("error", failed));
  const address = listener.address();
  if (!address || typeof address === "string") throw new Error("no port");
  const next = (fits: (mail: Email) => boolean) =>
    bounded(new Promise<Caught>((found) => {
      const look = () => {
        const at = caught.findIndex((c) => fits(c.mail));
        if (at < 0) return;
        waiting.delete(look);
        found(...(caught.splice(at, 1) as [Caught]));
      };
      waiting.add(look);
      look();
    }), MAIL_MS, "no such mail was sent");
  const stop = () => new Promise<void>((done) => server.close(() => done()));
  return { port: address.port, caught, next, refuse: (reason) => (refusal = reason), stop };
}

/** Another program sends a mail; it is acknowledged when this returns. Returns its Message-ID. */
export async function send(port: number, mail: SendMailOptions, lmtp = false): Promise<string> {
  const transport = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true, lmtp, connectionTimeout: 5_000, socketTimeout: 10_000 });
  try {
    return (await transport.sendMail(mail)).messageId;
  } finally {
    transport.close();
  }
}
