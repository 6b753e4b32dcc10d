import { answerOf } from "./problem";

const thrownBy = (status: number, expose: boolean) =>
  Object.assign(new Error("ENOENT: /srv/pages/\0"), { status, statusCode: status, expose });

test.each([
  [400, "invalid_argument", "BAD_REQUEST"],
  [403, "permission_denied", "FORBIDDEN"],
  [412, "failed_precondition", "PRECONDITION_FAILED"],
  [416, "out_of_range", "RANGE_NOT_SATISFIABLE"],
])("what a plugin refuses with %i is the caller's fault, and stays %i", (status, category, reason) => {
  expect(answerOf(thrownBy(status, true))).toMatchObject({
    status,
    error: { category, reason, message: "ENOENT: /srv/pages/\0" },
  });
});

test("a message that is not for callers is kept back", () => {
  expect(answerOf(thrownBy(403, false)).error.message).not.toContain("/srv");
});

test("a plugin's own fault is ours", () => {
  expect(answerOf(thrownBy(500, false))).toMatchObject({ status: 500, error: { category: "internal" } });
});
