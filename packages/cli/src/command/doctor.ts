/** `vnet doctor`: which backends there are, what they can do, and what to do about the rest. @module */
import { release } from 'node:os'
import { type Capability, capabilities, type Driver, kernelSourceOf, probeDrivers, remedyOf } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { withExample } from '../define.js'
import { printJson } from '../output.js'
import { tableText } from '../render/table.js'

interface Backend {
  readonly name: string
  readonly driver?: Driver
  readonly error?: Error & { readonly hint?: string }
}

/** Declares `doctor`. */
export function defineDoctor(doctor: Command, context: Context): void {
  withExample(doctor, 'vnet doctor --json')
  doctor.action(async () => {
    const backends: readonly Backend[] = await probeDrivers()
    try {
      // What `auto` would take is what is told about, unless one is named.
      const named = context.settings.driver ?? context.terminal.env.VNET_DRIVER
      const wanted = named === undefined || named === '' || named === 'auto' ? undefined : named
      const order = wanted === undefined ? ['napi', 'ffi'] : [wanted]
      const chosen = order.map((name) => backends.find((one) => one.name === name)).find((one) => one?.driver)
      if (context.settings.json) printJson(context, reportJson(backends, chosen))
      else context.terminal.out(await reportText(context, backends, chosen))
      if (chosen === undefined) context.status = 1
    } finally {
      await Promise.all(backends.map(({ driver }) => driver?.close()))
    }
  })
}

function reportJson(backends: readonly Backend[], chosen: Backend | undefined): unknown {
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    backend: chosen?.name ?? null,
    backends: backends.map(({ name, driver, error }) =>
      driver === undefined
        ? { name, ok: false, reason: error?.message, hint: error?.hint }
        : { name, ok: true, capabilities: Object.fromEntries(capabilities.map((one) => [one, answer(driver, one)])) },
    ),
  }
}

function answer(driver: Driver, capability: Capability): unknown {
  const has = driver.supports[capability]
  return has === true
    ? { has: true }
    : { has: false, reason: reason(driver, capability) || has, remedy: remedy(driver, capability) }
}

/** The mock is no kernel: what it lacks another backend may have. */
function remedy(driver: Driver, capability: Capability): string {
  if (driver.name === 'mock') return 'use a backend with a kernel: napi or ffi'
  const source = kernelSourceOf(capability)
  if (source === undefined) return remedyOf(capability).replace(/^.*: it needs /, 'a kernel with ')
  const other = `a kernel with ${source.config}`
  return source.module === undefined ? other : `modprobe ${source.module}; where there is no such module, ${other}`
}

async function reportText(
  context: Context,
  backends: readonly Backend[],
  chosen: Backend | undefined,
): Promise<string> {
  const { bold } = context.palette
  const head = `${bold('Node')}    ${process.version} (${process.platform} ${process.arch})\n${bold('Kernel')}  ${release()}\n`
  const backendTable = await tableText(
    context,
    [
      { title: 'BACKEND', text: ({ name }) => name },
      { title: 'OPENS', text: ({ driver }) => (driver === undefined ? 'no' : 'yes') },
      { title: 'WHY NOT', text: ({ error }) => error?.message ?? '', optional: true },
      { title: 'REMEDY', text: ({ error }) => error?.hint ?? '', optional: true },
    ],
    backends,
  )
  const driver = chosen?.driver
  if (driver === undefined) return `${head}\n${backendTable}`
  const capabilityTable = await tableText(
    context,
    [
      { title: 'CAPABILITY', text: (capability) => capability },
      { title: chosen?.name.toUpperCase() ?? '', text: (one) => (driver.supports[one] === true ? 'yes' : 'no') },
      { title: 'WHY NOT', text: (one) => reason(driver, one), optional: true },
      { title: 'REMEDY', text: (one) => (driver.supports[one] === true ? '' : remedy(driver, one)), optional: true },
    ],
    capabilities,
  )
  return `${head}\n${backendTable}\n${capabilityTable}`
}

function reason(driver: Driver, capability: Capability): string {
  const has = driver.supports[capability]
  if (has === true) return ''
  // A kind of link that is missing: what it needs is the remedy.
  const needs = has.indexOf(': it needs ')
  if (needs !== -1) return has.slice(0, needs)
  return has === remedy(driver, capability) ? '' : has
}
