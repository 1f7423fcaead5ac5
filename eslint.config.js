import { builtinModules } from 'node:module'
import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

const TIME = 'Time is handed in: take a Clock (shared/runtime.ts).'
const CHANCE = 'Chance is handed in: take a Random (shared/runtime.ts).'
const DOM = 'shared/ runs anywhere: no DOM.'
const NODE = 'shared/ runs anywhere: no Node.'

const TESTS = ['**/*.test.ts', '**/test-*.ts']

const timers = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'requestAnimationFrame',
  'requestIdleCallback',
  'performance',
]
const dom = [
  'window',
  'self',
  'document',
  'navigator',
  'location',
  'history',
  'screen',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'caches',
  'matchMedia',
  'addEventListener',
  'removeEventListener',
  'dispatchEvent',
  'postMessage',
  'alert',
  'confirm',
  'prompt',
  'fetch',
  'Notification',
  'Worker',
  'SharedWorker',
  'WebSocket',
  'RTCPeerConnection',
  'HTMLElement',
  'Element',
  'Node',
]
const node = ['Buffer', 'process', 'global', 'require', '__dirname', '__filename']

const named = (names, message) => names.map((name) => ({ name, message }))
const builtins = builtinModules.filter((name) => !name.startsWith('_') && !name.includes(':'))

/** `Date.now`, and the same by way of globalThis. */
const member = (object, property) =>
  `MemberExpression[property.name='${property}']:matches([object.name='${object}'], [object.property.name='${object}'])`

const timeAndChance = [
  { selector: member('Date', 'now'), message: TIME },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: TIME },
  { selector: "CallExpression[callee.name='Date']", message: TIME },
  { selector: member('AbortSignal', 'timeout'), message: TIME },
  { selector: member('Math', 'random'), message: CHANCE },
  { selector: member('crypto', 'getRandomValues'), message: CHANCE },
  { selector: member('crypto', 'randomUUID'), message: CHANCE },
  ...timers.map((name) => ({
    selector: `MemberExpression[object.name='globalThis'][property.name='${name}']`,
    message: TIME,
  })),
]
const otherWorlds = [
  ...[...dom, ...node].map((name) => ({
    selector: `MemberExpression[object.name='globalThis'][property.name='${name}']`,
    message: dom.includes(name) ? DOM : NODE,
  })),
  { selector: 'ImportExpression[source.value=/^node:/]', message: NODE },
]

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'data/',
      'node_modules/',
      'test-results/',
      'playwright-report/',
      'web/public/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', '.*.mjs', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A `default` is a decision that can be read; a forgotten member is not.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // An interface of promises is met by what answers at once, too.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/await-thenable': 'off',
      // `({}, use) => …` is how Playwright's fixtures say that they need nothing.
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      // The type check knows better.
      'no-undef': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      eqeqeq: 'error',
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      // A switch over a closed union is one decision, however many members it has.
      complexity: ['warn', { max: 10, variant: 'modified' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      // Bookkeeping that nothing draws is a plain Map or Set on purpose.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-restricted-syntax': [
        'error',
        {
          // `style:` directives go through the CSSOM, which the policy lets pass.
          selector: "SvelteAttribute[key.name='style']",
          message:
            'A style="…" violates the page\'s Content-Security-Policy: use style: directives.',
        },
      ],
      // Props arrive by `let`, whether they change or not.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$bindable'] }],
    },
  },
  {
    files: ['shared/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...named(timers, TIME),
        ...named(dom, DOM),
        ...named(node, NODE),
      ],
      'no-restricted-syntax': ['error', ...timeAndChance, ...otherWorlds],
      'no-restricted-imports': [
        'error',
        {
          paths: named(builtins, NODE),
          patterns: [{ group: ['node:*'], message: NODE }],
        },
      ],
    },
  },
  {
    // The one door to the real clock and the real dice.
    files: ['shared/runtime.ts'],
    rules: {
      'no-restricted-globals': ['error', ...named(dom, DOM), ...named(node, NODE)],
      'no-restricted-syntax': ['error', ...otherWorlds],
    },
  },
  {
    // A test is a list of stories; its length says nothing.
    files: [...TESTS, 'e2e/**/*.ts', 'shared/testing/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      // Spies take methods from their objects.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // What a tool loads by its default export.
    files: ['*.config.{js,ts}', 'e2e/nat/playwright.config.ts', 'e2e/bundle.ts', '.*.mjs'],
    rules: { 'no-restricted-exports': 'off' },
  },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.disableTypeChecked] },
)
