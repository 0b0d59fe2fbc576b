// Bundles main.{tsx,ts,js} of this folder as an integrator's build would: node bundle.mjs ENTRY
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";

const vue = {
  name: "vue",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path, "utf8"), { filename: path });
      const { content } = compileScript(descriptor, {
        id: "snippet",
        inlineTemplate: true,
        templateOptions: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("baton-") } },
      });
      return { contents: content, loader: "ts" };
    });
  },
};

await build({
  entryPoints: [process.argv[2]],
  outfile: "bundle.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: {
    "process.env.NODE_ENV": '"development"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  plugins: [vue],
  logLevel: "error",
});
