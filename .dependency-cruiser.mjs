// ARCHITECTURE.md, "Who may import whom". Tests are free to reach for what they test with.

const TESTS = String.raw`(\.(test|spec|contract|cases)|/test-[^/]+|/testing|/contract-page)\.ts$`
const anyOf = (names) => `(${names.join('|')})`

/** The core, from the ground up: each file imports from its own layer and those before it. */
const LAYERS = [
  [
    'ids',
    'failure',
    'limits',
    'runtime',
    'changes',
    'bytes',
    'protobuf',
    'sums',
    'id-bytes',
    'person',
    'ice-url',
    'origin',
    'json',
    'look',
    'mentions',
    'notify',
  ],
  ['identity', 'line', 'names', 'pubsub-proof', 'tally', 'held-positions'],
  ['entry', 'room-key', 'live-frame', 'bootstrap'],
  [
    'history',
    'memory-history',
    'runs',
    'own-log',
    'proofs',
    'stored-row',
    'network',
    'guard',
    'connection',
    'settings',
    'regard',
    'met',
    'speakers',
    'topics',
    'diagnostics',
    'route',
    'relay-news',
  ],
  [
    'gate',
    'outbox',
    'redating',
    'relay-word',
    'ice-servers',
    'hints',
    'doctor',
    'silent-subscribers',
    'typing',
    'presence',
    'reconcile',
    'span-codec',
    'sync-frames',
    'receipts',
    'gaps',
    'hops',
  ],
  ['sync-session', 'sync', 'room-sync', 'room'],
  ['links', 'company'],
  ['chat'],
  ['room-map', 'search'],
]
const layer = (names) => String.raw`^shared/${anyOf(names)}\.ts$`
const ABOVE_ALL = '^shared/commands/'

const CORE = '^shared/(?!libp2p/|testing/)'
const PROGRAM = '^(shared|web|relay-node|e2e|bench|scripts)/'
const LIBP2P = '(^|/)node_modules/(libp2p|@libp2p|@chainsafe)/'
/** Small codecs and the hash that libp2p and the core share. */
const CODECS = '(^|/)node_modules/(multiformats|uint8arrays|uint8arraylist|@noble/hashes)/'

/** `from` may import these and nothing else. */
const only = (name, from, to, also = {}) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: TESTS, ...also.from },
  to: { pathNot: to, ...also.to },
})

const downwards = LAYERS.map((names, index) => ({
  name: `core-downwards-${names[0]}`,
  comment: 'The core imports downwards only; the layers stand in .dependency-cruiser.mjs.',
  severity: 'error',
  from: { path: layer(names) },
  to: { path: [...LAYERS.slice(index + 1).map(layer), ABOVE_ALL] },
}))

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...downwards,
    {
      name: 'core-has-layers',
      comment: 'A new file of the core: give it its layer in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: CORE, pathNot: TESTS },
      to: {
        path: String.raw`^shared/[^/]+\.ts$`,
        pathNot: [layer(LAYERS.flat()), TESTS],
      },
    },
    only('core-alone', CORE, [CORE, CODECS]),
    only('libp2p-is-core-and-libp2p', '^shared/libp2p/', [
      CORE,
      '^shared/libp2p/',
      LIBP2P,
      '(^|/)node_modules/@multiformats/',
      CODECS,
    ]),
    only('testing-is-shared', '^shared/testing/', ['^shared/', '(^|/)node_modules/']),
    // Of the core a view knows the shapes; the words on the screen are a part of the view, and so are links to rooms.
    only(
      'view-draws',
      '^web/view/',
      [
        '^web/(view|state|text|styles)/',
        '^shared/(text/|route\\.ts$)',
        '(^|/)node_modules/svelte/',
      ],
      { to: { dependencyTypesNot: ['type-only'] } },
    ),
    only('view-knows-core-by-type', '^web/view/', [
      '^web/(view|state|text|styles)/',
      CORE,
      '(^|/)node_modules/svelte/',
    ]),
    only('state-is-core-and-svelte', '^web/state/', [
      '^web/(state|text)/',
      CORE,
      '(^|/)node_modules/(svelte|uqr)/',
    ]),
    only('store-is-core-and-idb', '^web/store/', ['^web/store/', CORE, '(^|/)node_modules/idb/']),
    only('text-is-words', '^web/text/', ['^web/text/', CORE]),
    {
      name: 'page-is-no-node',
      severity: 'error',
      from: { path: '^web/', pathNot: TESTS },
      to: { path: '^(relay-node|e2e|bench|scripts|shared/testing)/', dependencyTypes: ['local'] },
    },
    {
      name: 'page-has-no-builtins',
      severity: 'error',
      from: { path: '^web/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'relay-node-is-no-page',
      severity: 'error',
      from: { path: '^relay-node/', pathNot: TESTS },
      to: { path: '^(web|e2e|bench|scripts|shared/testing)/' },
    },
    {
      name: 'e2e-stands-outside',
      comment: 'Browser tests meet the program as people do: through the page and the processes.',
      severity: 'error',
      from: { path: '^e2e/' },
      to: { path: PROGRAM, pathNot: '^(e2e|bench)/' },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { path: '^(shared|web|relay-node)/', pathNot: [TESTS, '^shared/testing/'] },
      to: { path: TESTS },
    },
    {
      name: 'program-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(shared|web|relay-node)/', pathNot: [TESTS, '^shared/testing/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|test-results)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    builtInModules: { add: ['node:sqlite', 'node:test'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'browser', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.css', '.json'],
    },
  },
}
