// The site: the API of every package and the guides. Fails on an undocumented export and on a broken link.
import { readdirSync } from 'node:fs'

/** In the order in which a reader meets them. */
const guides = [
  'getting-started',
  'choosing-a-backend',
  'namespaces',
  'aliases',
  'tun-and-tap',
  'sockets',
  'watching',
  'switching',
  'bad-lines',
  'capturing',
  'transactions',
  'testing-without-root',
  'testing-networks',
  'errors',
]

const packages = readdirSync(new URL('../../packages', import.meta.url)).filter((name) => name !== 'node_modules')

export default {
  name: 'vnet',
  entryPointStrategy: 'packages',
  entryPoints: packages.map((name) => `../../packages/${name}`),
  packageOptions: {
    entryPoints: ['src/index.ts'],
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    readme: 'none',
    validation: { notExported: false, invalidLink: true },
  },
  readme: 'index.md',
  projectDocuments: guides.map((name) => `guides/${name}.md`),
  disableSources: true,
  hideGenerator: true,
  out: 'site',
  packagesRequiringDocumentation: packages.map((name) => `@vnet/${name}`),
  requiredToBeDocumented: [
    'Accessor',
    'Class',
    'Enum',
    'EnumMember',
    'Function',
    'Interface',
    'Method',
    'TypeAlias',
    'Variable',
  ],
  // Named in a comment, and not public.
  externalSymbolLinkMappings: { '@vnet/napi': { loadAddon: '#' } },
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  treatValidationWarningsAsErrors: true,
}
