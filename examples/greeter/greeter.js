import { loadService } from "alexandrite/platform";

/**
 * The messages of greeter.proto, for the type checker.
 * @typedef {{ text: string }} Hello
 * @typedef {{
 *   sayHello: { request: { name: string }, response: Hello },
 *   streamGreetings: { request: { name: string, count: number }, response: Hello, responseStream: true },
 * }} Methods
 */

/** @type {import("alexandrite/platform").ShapedService<Methods>} */
export const Greeter = loadService(new URL("greeter.proto", import.meta.url), "greeter.v1.Greeter");
