import type { ManifoldToplevel } from "manifold-3d" with { "resolution-mode": "import" };

/**
 * The geometry kernel, ready for use. It is an ES module with a conditional export for `import` only, and jest's own
 * module loader takes neither, so the real `require` of Node is asked for the file itself.
 */
export async function loadManifold(): Promise<ManifoldToplevel> {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { default: load } = createRequire(__filename)("manifold-3d/manifold.js") as {
    default: () => Promise<ManifoldToplevel>;
  };
  const manifold = await load();
  manifold.setup();
  return manifold;
}
