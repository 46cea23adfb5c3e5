// Checks the arrows between packages, as package.json declares them and as the sources really go, and that files and
// packages form no cycle. `node tools/check-imports.mjs [ROOT]`
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'vite'
import { app, arrows } from './arrows.mjs'

const builtin = new Set(builtinModules)
const ours = /^@vnet\/([^/]+)(\/.*)?$/

/**
 * Every rule that the workspace under `root` breaks, one sentence each.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function check(root) {
  const problems = []
  /** @type {Map<string, Set<string>>} */
  const packageGraph = new Map()
  for (const folder of ['packages', 'apps']) {
    if (!existsSync(join(root, folder))) continue
    for (const name of readdirSync(join(root, folder))) {
      const directory = join(root, folder, name)
      if (!existsSync(join(directory, 'package.json'))) continue
      const allowed = folder === 'apps' ? app : arrows[name]
      if (allowed === undefined) {
        problems.push(`packages/${name}: not in tools/arrows.mjs`)
        continue
      }
      const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      problems.push(...checkManifest(`${folder}/${name}`, manifest, allowed))
      packageGraph.set(name, new Set([...dependenciesOf(manifest), ...devDependenciesOf(manifest)]))
      problems.push(...checkSources(root, `${folder}/${name}`, manifest, allowed))
    }
  }
  for (const cycle of cyclesOf(packageGraph)) problems.push(`packages form a cycle: ${cycle.join(' → ')}`)
  return problems
}

const short = (names) => names.flatMap((name) => ours.exec(name)?.[1] ?? [])
const dependenciesOf = (manifest) => short(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
const devDependenciesOf = (manifest) => short(Object.keys(manifest.devDependencies ?? {}))

function checkManifest(place, manifest, allowed) {
  const problems = []
  const forbid = (names, permitted, field) => {
    for (const name of names) {
      if (!permitted.includes(name)) problems.push(`${place}: @vnet/${name} is forbidden in ${field}`)
    }
  }
  forbid(dependenciesOf(manifest), allowed.uses, 'dependencies')
  forbid(devDependenciesOf(manifest), [...allowed.uses, ...allowed.tests], 'devDependencies')
  forbid(short(Object.keys(manifest.peerDependencies ?? {})), allowed.loads?.packages ?? [], 'peerDependencies')
  for (const peer of short(Object.keys(manifest.peerDependencies ?? {}))) {
    const optional = manifest.peerDependenciesMeta?.[`@vnet/${peer}`]?.optional === true
    if (!optional) problems.push(`${place}: the peer @vnet/${peer} must be optional`)
  }
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (ours.test(name) && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
      problems.push(`${place}: ${name} must be an exact version, not ${version}`)
    }
  }
  return problems
}

function checkSources(root, place, manifest, allowed) {
  const problems = []
  /** @type {Map<string, Set<string>>} */
  const graph = new Map()
  const directory = join(root, place)
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  const declared = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
  const declaredForTests = new Set([...declared, ...Object.keys(manifest.devDependencies ?? {}), manifest.name])
  // Tools that the workspace's root holds for the tests of every package.
  for (const tool of ['vitest', 'vite', 'fast-check']) declaredForTests.add(tool)
  for (const file of [...filesOf(join(directory, 'src')), ...filesOf(join(directory, 'test'))]) {
    const inside = relative(directory, file)
    const isTest = inside.startsWith('test')
    const where = `${place}/${inside}`
    const neighbours = new Set()
    graph.set(file, neighbours)
    for (const { specifier, dynamic, type } of importsOf(file)) {
      if (specifier === undefined) {
        if (allowed.loads?.file !== inside) problems.push(`${where}: imports what only the run time knows`)
        continue
      }
      if (specifier.startsWith('.')) {
        const target = resolve(dirname(file), specifier)
        const outside = relative(directory, target).startsWith('..')
        if (outside) problems.push(`${where}: ${specifier} leads out of the package`)
        const source = [target.replace(/\.js$/, '.ts'), target.replace(/\.mjs$/, '.mts'), target].find(existsSync)
        // Types, and what is only loaded when it is needed, make no cycle.
        if (source !== undefined && !type && !dynamic) neighbours.add(source)
        continue
      }
      if (specifier.startsWith('node:') || builtin.has(specifier)) continue
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      const our = ours.exec(specifier)
      if (our !== null) {
        const [, target, deep] = our
        if (deep !== undefined && /^\/(src|dist|test)\b/.test(deep))
          problems.push(`${where}: reaches into ${specifier}`)
        const loads = dynamic && allowed.loads?.file === inside && allowed.loads.packages.includes(target)
        const permitted = isTest ? [...allowed.uses, ...allowed.tests, place.split('/')[1]] : allowed.uses
        if (!permitted.includes(target) && !loads) problems.push(`${where}: must not import ${specifier}`)
        if (loads) continue
      }
      if (!(isTest ? declaredForTests : declared).has(name)) {
        problems.push(`${where}: ${name} is not declared in package.json`)
      }
    }
  }
  for (const cycle of cyclesOf(graph)) {
    problems.push(`${place}: files form a cycle: ${cycle.map((file) => relative(directory, file)).join(' → ')}`)
  }
  return problems
}

function filesOf(directory) {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$/.test(name) && !/\.d\.m?ts$/.test(name))
    .map((name) => join(directory, name))
}

/** Static, dynamic and type-position imports of a file; `specifier` is undefined where it is computed. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8')
  const { module, program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`)
  const found = []
  for (const { moduleRequest, entries } of module.staticImports) {
    const type = entries.length > 0 && entries.every((entry) => entry.isType)
    found.push({ specifier: moduleRequest.value, dynamic: false, type })
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest !== null) found.push({ specifier: moduleRequest.value, dynamic: false, type: isType })
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const argument = text.slice(moduleRequest.start, moduleRequest.end)
    found.push({ specifier: /^(['"`])([^'"`$]+)\1$/.exec(argument)?.[2], dynamic: true, type: false })
  }
  new Visitor({
    TSImportType: ({ source }) => found.push({ specifier: source.value, dynamic: false, type: true }),
  }).visit(program)
  return found
}

/** One cycle of each knot of a graph. */
function cyclesOf(graph) {
  const cycles = []
  const done = new Set()
  const path = []
  const visit = (node) => {
    const at = path.indexOf(node)
    if (at !== -1) return void cycles.push([...path.slice(at), node])
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = check(resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))))
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'Imports: all arrows are allowed, no cycle' : `Imports: ${problems.length} wrong`)
  process.exit(problems.length === 0 ? 0 : 1)
}
