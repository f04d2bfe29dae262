import { expect, test } from "vitest";
import { endUpload, failUpload, moveUpload, refuseFile, startUpload } from "./uploads";

test("REPLY-2 a file's progress only grows, and ends, or says why not", () => {
  let list = startUpload([], "1", { name: "a.pdf", size: 10 });
  list = startUpload(list, "2", { name: "", size: 5 });
  list = moveUpload(moveUpload(list, "1", 0.5), "1", 0.2);
  expect(list).toMatchObject([{ name: "a.pdf", progress: 0.5, error: null }, { name: "file", progress: 0 }]);
  expect(moveUpload(list, "1", 7)[0]?.progress).toBe(1);
  expect(failUpload(list, "2", "too large")[1]?.error).toBe("too large");
  expect(endUpload(list, "1").map((u) => u.key)).toEqual(["2"]);
});

test.each([[{ size: 0 }, 0, "empty"], [{ size: 11 }, 10, "tooLarge"], [{ size: 10 }, 10, null]] as const)("%j after %i bytes: %s", (file, total, want) => {
  expect(refuseFile(file, total, 20)).toBe(want);
});
