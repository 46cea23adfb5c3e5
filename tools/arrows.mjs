// Which package may use which: the arrows of docs/architecture.md, as data. Everything not listed here is forbidden.

const all = [
  'core',
  'wire',
  'bpf',
  'switch',
  'linux',
  'napi',
  'ffi',
  'mock',
  'conformance',
  'dhcp',
  'explain',
  'pppoe',
  'topology',
  'overlay',
  'cni',
]

/**
 * `uses`: dependencies and imports of `src/`. `tests`: devDependencies and further imports of `test/`.
 * `loads`: optional peers, loaded by name at run time, and only in the file named.
 *
 * @type {Record<string, { uses: string[], tests: string[], loads?: { packages: string[], file: string } }>}
 */
export const arrows = {
  core: { uses: [], tests: [], loads: { packages: ['napi', 'ffi', 'mock'], file: 'src/open.ts' } },
  wire: { uses: ['core'], tests: [] },
  switch: { uses: ['core', 'wire'], tests: [] },
  bpf: { uses: ['core'], tests: [] },
  linux: { uses: ['core', 'bpf', 'wire'], tests: [] },
  napi: { uses: ['core', 'linux'], tests: ['conformance', 'mock', 'switch', 'wire'] },
  ffi: { uses: ['core', 'linux'], tests: ['conformance', 'mock'] },
  mock: { uses: ['core', 'wire', 'switch', 'bpf'], tests: ['conformance'] },
  conformance: { uses: ['core'], tests: [] },
  dhcp: { uses: ['core', 'wire'], tests: ['ffi', 'mock', 'napi'] },
  explain: { uses: ['core'], tests: ['conformance', 'mock', 'napi'] },
  pppoe: { uses: ['core', 'wire'], tests: ['mock', 'napi'] },
  test: { uses: ['core', 'wire', 'mock'], tests: ['napi', 'ffi'] },
  topology: { uses: ['core'], tests: ['conformance', 'mock', 'napi', 'ffi'] },
  overlay: { uses: ['core'], tests: ['conformance', 'mock', 'napi', 'ffi'] },
  cni: { uses: ['core'], tests: ['conformance', 'mock', 'napi', 'ffi'] },
  cli: { uses: all, tests: [] },
}

/** An app may use every package; nothing uses an app. */
export const app = { uses: [...all, 'cli'], tests: [] }
