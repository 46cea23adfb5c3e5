// Builds the site: the API of every package and the guides. Fails on an undocumented export and on a broken link.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** In the order in which a reader meets them. */
const guides = [
  'getting-started',
  'choosing-a-backend',
  'namespaces',
  'watching',
  'transactions',
  'testing-without-root',
  'errors',
]

const app = await Application.bootstrapWithPlugins({
  name: 'vnet',
  entryPointStrategy: 'packages',
  entryPoints: readdirSync(here('../../packages'))
    .filter((name) => name !== 'node_modules')
    .map((name) => here(`../../packages/${name}`)),
  packageOptions: {
    entryPoints: ['src/index.ts'],
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: false,
  },
  readme: here('../../README.md'),
  projectDocuments: guides.map((name) => here(`guides/${name}.md`)),
  sortEntryPoints: false,
  includeVersion: false,
  disableGit: true,
  sourceLinkTemplate: '{path}#{line}',
  disableSources: true,
  hideGenerator: true,
  out: here('site'),
  // Also what the members of a type are must be said.
  requiredToBeDocumented: [
    'Class',
    'Constructor',
    'Enum',
    'EnumMember',
    'Function',
    'Interface',
    'Method',
    'Property',
    'TypeAlias',
    'Variable',
  ],
  validation: { notDocumented: true, notExported: false, invalidLink: true, rewrittenLink: true, unusedMergeModuleWith: true },
  treatValidationWarningsAsErrors: true,
  logLevel: process.env.CI ? 'Warn' : 'Info',
})

const project = await app.convert()
if (project === undefined) process.exit(1)
app.validate(project)
if (app.logger.hasErrors() || app.logger.validationWarningCount > 0) process.exit(1)
await app.generateOutputs(project)
console.log(`The site is in apps/docs/site: ${Object.keys(project.reflections).length} entries`)
