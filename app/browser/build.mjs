// Builds what the pages load into assets/vendor/: our bundle, Plotly without eval, the fonts.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "..", "..", "assets", "vendor");
const modules = join(here, "node_modules");

rmSync(vendor, { recursive: true, force: true });
mkdirSync(join(vendor, "fonts"), { recursive: true });

await build({
  entryPoints: { clew: join(here, "src", "main.ts"), theme: join(here, "src", "theme.ts") },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  outdir: vendor,
  legalComments: "eof",
});

// Served in place of Plotly's own bundle: this one compiles without `eval`, which the pages' policy forbids.
cpSync(join(modules, "plotly.js-strict-dist-min", "plotly-strict.min.js"), join(vendor, "plotly-strict.min.js"));

const fonts = [400, 500, 600, 700].map((weight) => ["inter", weight]).concat([["jetbrains-mono", 400], ["jetbrains-mono", 600]]);
for (const [family, weight] of fonts) {
  for (const subset of ["latin", "latin-ext"]) {
    const name = `${family}-${subset}-${weight}-normal.woff2`;
    cpSync(join(modules, "@fontsource", family, "files", name), join(vendor, "fonts", name));
  }
}
