import { BusiestUsers } from "./busiest-users";

function ask(users: BusiestUsers, user: string, times: number): boolean {
  let named = false;
  for (let n = 0; n < times; n++) named = users.count(user);
  return named;
}

test("as long as there is room everybody is named, and nobody more", () => {
  const users = new BusiestUsers(2);
  expect([ask(users, "a", 1), ask(users, "b", 1), ask(users, "c", 9)]).toEqual([true, true, false]);
  expect(users.rank()).toEqual(["b"]);
  expect([ask(users, "c", 1), ask(users, "b", 1), ask(users, "a", 1)]).toEqual([true, false, true]);
});

test("a named user stays unless somebody asks twice as much", () => {
  const users = new BusiestUsers(1);
  ask(users, "a", 10);
  ask(users, "b", 15);
  expect(users.rank()).toEqual([]);
  ask(users, "b", 100);
  expect(users.rank()).toEqual(["a"]);
});

test("who has stopped asking is forgotten", () => {
  const users = new BusiestUsers(1);
  ask(users, "a", 100);
  for (let n = 0; n < 20; n++) users.rank();
  expect(ask(users, "b", 1)).toBe(true);
});

test("ten thousand users and one busy one: the busy one is named", () => {
  const users = new BusiestUsers(3);
  for (let n = 0; n < 20_000; n++) users.count(`user ${n}`);
  ask(users, "busy", 50);
  users.rank();
  expect(users.count("busy")).toBe(true);
});
