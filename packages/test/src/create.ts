/** Makes labs: chooses the backend, builds, and takes all back where that fails. @module */
import { type Host, openDriver, openHost, wrongArgument } from '@vnet/core'
import { type ManualClock, type MockDriver, manualClock, mockDriver } from '@vnet/mock'
import { adopt, type Built, build, namePrefix } from './build.js'
import { checkChoice } from './check.js'
import { closeAll, Lab } from './lab.js'
import { leadThrough, openNatPorts } from './nat/ground.js'
import { type OpenNat, openNats } from './nat/open.js'
import { type Plan, planOf } from './plan.js'
import { Recorder } from './recorder.js'
import type { LabOptions } from './spec.js'
import { type LabTime, virtualTime, worldTime } from './time.js'

/** What a lab stands on. */
interface Ground {
  readonly host: Host
  readonly time: LabTime
  readonly recorder: Recorder | undefined
  readonly clock: ManualClock | undefined
  readonly mock: MockDriver | undefined
}

/**
 * Makes a network for a test: hosts, routers and switches in namespaces of their own, cables between them, addresses and
 * routes. On the mock unless a kernel is asked for; what is written runs on both.
 *
 * @throws TypeError, RangeError (`VNET_TYPE`, `VNET_RANGE`) the options are wrong; nothing was made
 * @throws `VnetError` `EPERM` no right to make namespaces · `VNET_UNSUPPORTED` the backend lacks what the lab needs ·
 * `VNET_NO_DRIVER` it could not be opened; nothing is left behind
 * @example
 * await using lab = await createLab({ hosts: ['a', 'b'], switches: ['s'], links: [['a', 's'], ['b', 's']] })
 * await assertReach(lab, 'a', 'b')
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const plan = planOf(options)
  const driver = options.driver ?? (process.env.VNET_DRIVER || 'mock')
  checkMockOptions(options, driver)
  const ground = driver === 'mock' ? await mockGround(options, undefined) : await kernelGround(options, driver)
  const { host } = ground
  const names: string[] = []
  // On a mock of one's own, names meet nobody; and a state keeps only what has a name.
  const prefix = driver === 'mock' ? '' : options.named === true ? namePrefix() : undefined
  const namespaceOf = async (node: string) => {
    if (prefix === undefined) return host.namespace.add()
    const namespace = await host.namespace.add(`${prefix}${node}`)
    names.push(`${prefix}${node}`)
    return namespace
  }
  try {
    const built = await build(host, plan, namespaceOf, ground.time, begin(ground))
    return await labOf(options, plan, ground, built, names, { open: leadThrough })
  } catch (error) {
    await closeAll(host, ground.recorder, names).catch(() => {})
    throw error
  }
}

const begin =
  ({ host, recorder }: Ground) =>
  async (built: Built) =>
    recorder?.begin(host, built.nodes.values())

/** A second lab with the state of another, on its mock. */
async function forkLab(options: LabOptions, plan: Plan, from: Lab, clock: ManualClock | undefined): Promise<Lab> {
  const ground = await mockGround(options, { driver: from.mock, clock })
  const { host } = ground
  try {
    const built = await adopt(host, plan, (node) => host.namespace.open(node))
    for (const [place, cable] of built.cables.entries())
      cable.continue(from.cables[place] as (typeof from.cables)[number])
    await begin(ground)(built)
    const nats: OpenNat = { open: openNatPorts, state: (node) => from.nat(node).state }
    return await labOf(options, plan, ground, built, [...built.nodes.keys()], nats)
  } catch (error) {
    await closeAll(host, ground.recorder, []).catch(() => {})
    throw error
  }
}

async function labOf(
  options: LabOptions,
  plan: Plan,
  ground: Ground,
  built: Built,
  names: readonly string[],
  openNat: OpenNat,
): Promise<Lab> {
  const artifacts = (options.artifacts ?? process.env.VNET_LAB_ARTIFACTS) || undefined
  const again =
    ground.mock === undefined
      ? undefined
      : (from: Lab, clock: ManualClock | undefined) => forkLab(options, plan, from, clock)
  const nats = await openNats({ ...ground, plan, built, seed: options.seed ?? 1 }, openNat)
  return new Lab({ ...ground, plan, built, nats, artifacts, names, again, name: options.name ?? 'lab' })
}

/** A mock, or a fork of one with a clock of its own. */
async function mockGround(
  options: LabOptions,
  fork: { readonly driver: MockDriver; readonly clock: ManualClock | undefined } | undefined,
): Promise<Ground> {
  const clock = fork === undefined ? (options.clock === 'real' ? undefined : manualClock()) : fork.clock
  const time = clock === undefined ? worldTime : virtualTime(clock)
  const recorder = options.record === false ? undefined : new Recorder(() => time.now())
  const parts = {
    ...options.mock,
    ...(clock === undefined ? {} : { clock }),
    ...(recorder === undefined ? {} : { onDrop: recorder.drop.bind(recorder) }),
  }
  const mock = fork === undefined ? mockDriver({ seed: options.seed ?? 1, ...parts }) : fork.driver.fork(parts)
  return { host: await openHost({ driver: mock }), time, recorder, clock, mock }
}

async function kernelGround(options: LabOptions, name: string): Promise<Ground> {
  const driver = await openDriver(name as 'auto')
  const recorder = options.record === false ? undefined : new Recorder(() => worldTime.now())
  return { host: await openHost({ driver }), time: worldTime, recorder, clock: undefined, mock: undefined }
}

/** Refuses what only a mock takes where there is none. */
function checkMockOptions(options: LabOptions, driver: string): void {
  if (driver === 'mock') {
    checkChoice(options.clock ?? 'manual', ['manual', 'real'], 'clock')
    if (options.named === undefined) return
    const hint = 'leave it out: each mock is a kernel of its own, and names its namespaces as the nodes'
    throw wrongArgument('VNET_RANGE', 'lab create', 'named', 'names are for kernels', hint)
  }
  for (const option of ['seed', 'clock', 'mock'] as const) {
    if (options[option] === undefined) continue
    const hint = "leave it out, or choose driver: 'mock'"
    throw wrongArgument('VNET_RANGE', 'lab create', option, `the backend ${driver} does not take it`, hint)
  }
}
