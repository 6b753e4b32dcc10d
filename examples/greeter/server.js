import {
  AppError,
  createServer,
  defineConfig,
  grpcServerConfig,
  port,
  runService,
  variable,
} from "alexandrite/platform";
import { Greeter } from "./greeter.js";

// The platform reads it; left alone it would take any free port and log it.
process.env["ADMIN_PORT"] ??= "9464";

const load = defineConfig({
  grpc: {
    ...grpcServerConfig,
    port: variable("GRPC_PORT", port, { default: 50100, description: "the port that greets" }),
  },
});

/** @param {string} name */
function hello(name) {
  if (name !== "") return { text: `Hello ${name}` };
  throw new AppError({ category: "invalid_argument", reason: "NO_NAME", message: "Whom shall I greet?" });
}

runService("greeter", load, async (host, config) => {
  // Nobody has to say who they are here; a server that needs it gives `authenticate`.
  const server = createServer(host, config.grpc, { access: "open" });
  server.add(Greeter, {
    sayHello: async ({ name }) => hello(name),
    streamGreetings: async function* ({ name, count }) {
      for (let i = 0; i < count; i++) yield hello(name);
    },
  });
  await host.own(server.listen());
});
