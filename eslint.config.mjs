import tseslint from "typescript-eslint";

const restrictedSyntax = [
  { selector: "ExportAllDeclaration", message: "Name what a module exports." },
  { selector: "ExportDefaultDeclaration", message: "Use named exports." },
];

export default tseslint.config(
  { ignores: ["dist/**", "src/gen/**", "node_modules/**", ".alexandrite/**", "coverage/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["src/**/*.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false } }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 350, skipBlankLines: true, skipComments: true }],
      "no-restricted-syntax": ["error", ...restrictedSyntax],
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/**/metrics.ts", "src/platform/telemetry/catalogue.ts", "src/**/*.test.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...restrictedSyntax,
        {
          selector: "CallExpression[callee.name='defineMetric']",
          message: "Declare metrics in a metrics.ts that src/tools/metrics-catalogue.ts lists.",
        },
      ],
    },
  },
  {
    files: ["src/{stack,tools,bench}/**/*.ts", "src/{fuzz,chaos}/main.ts"],
    rules: { "no-console": "off" },
  },
);
