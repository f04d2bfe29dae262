import { expect, test } from "vitest";
import { checkApp, lines, looksLikeRedirect, readRequest } from "./model";

const good = { name: "Sync", description: "", redirects: "https://sync.example/back\n http://localhost:3000/ \n\n", scopes: ["tickets"] };

test("ACC-8 a good app has nothing to say, each wrong field says its own", () => {
  expect(Object.values(checkApp(good)).filter(Boolean)).toEqual([]);
  expect(lines(good.redirects)).toEqual(["https://sync.example/back", "http://localhost:3000/"]);
  const wrong = checkApp({ ...good, name: " ", redirects: "https://ok.example\nhttp://evil.example/", scopes: [] });
  expect(Object.entries(wrong).filter(([, m]) => m).map(([name]) => name)).toEqual(["name", "redirects", "scopes"]);
  expect(wrong.redirects).toContain("evil.example");
  expect(checkApp({ ...good, redirects: " \n" }).redirects).toBeTruthy();
});

test.each([
  ["https://a.example/x?y=1", true], ["http://127.0.0.1:8000/", true], ["http://a.example/", false], ["https://a.example/#x", false],
  ["javascript:alert(1)", false], ["/back", false], ["", false],
])("address %s: %s", (address, want) => {
  expect(looksLikeRedirect(address)).toBe(want);
});

test("a request is read letter by letter", () => {
  const read = readRequest('?client_id=12&redirect_uri=https%3A%2F%2Fa.example%2F%3Fx%3D1&state=12345678901234567890&scope=a+b&other=x');
  expect(read).toMatchObject({ client_id: "12", redirect_uri: "https://a.example/?x=1", state: "12345678901234567890", scope: "a b" });
  expect(readRequest('?state=%7B%22a%22%3A1%7D').state).toBe('{"a":1}');
  expect(readRequest("")).toMatchObject({ client_id: "", redirect_uri: "", state: undefined });
});
