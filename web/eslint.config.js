import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const inside = "Features import one another only through their index.";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "e2e/**/*.ts"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "no-console": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
    },
  },
  {
    files: ["src/features/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-imports": ["error", {
        patterns: [
          { regex: "^@/features/[^/]+/.+", message: inside },
          { regex: "^@/app/", message: "The app puts features together; a feature must not know it." },
          { regex: "^@mantine/core", message: "Take the component from @/ui, or add it there." },
        ],
      }],
    },
  },
  {
    files: ["src/ui/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-globals": ["error", { name: "fetch", message: "The design system has no fetch." }],
      "no-restricted-imports": ["error", { patterns: [{ regex: "^@/(features|app|lib/(api|query|live|me))", message: "The design system knows no feature and no server." }] }],
    },
  },
  { files: ["scripts/**/*.mjs", "public/*.js"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly", localStorage: "readonly", document: "readonly", matchMedia: "readonly" } }, rules: { "@typescript-eslint/no-unused-vars": "off", "no-unused-vars": "off" } },
);
