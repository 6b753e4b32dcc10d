import { problemsOf } from "../../../observability/catalogue-check";
import { expressions } from "./expressions";

test.each(Object.entries(expressions))("%s reads metrics and labels that exist", (_name, expression) => {
  expect(problemsOf(expression)).toEqual([]);
});
