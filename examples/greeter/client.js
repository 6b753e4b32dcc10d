import {
  address,
  defineConfig,
  openClient,
  runTask,
  variable,
  withoutCredentials,
  withSpan,
} from "alexandrite/platform";
import { Greeter } from "./greeter.js";

const load = defineConfig({
  server: variable("GREETER_ADDRESS", address, {
    default: "127.0.0.1:50100",
    description: "where the greeter listens",
  }),
});

// Ends by itself, with what it has to say flushed; the calls are tried again while the server is away.
runTask("greeter-client", load, async (host, config) => {
  const greeter = await host.own(
    openClient(host, Greeter, { address: config.server, credentials: withoutCredentials() }),
  );
  // One trace for both calls.
  await withSpan("greet", {}, async () => {
    const { text } = await greeter.sayHello({ name: "Ada" }, { deadlineMs: 2_000 });
    host.log.info(text);
    let count = 0;
    for await (const greeting of greeter.streamGreetings({ name: "Grace", count: 3 })) {
      count += 1;
      host.log.info({ count }, greeting.text);
    }
  });
});
