/** The suite of the second seam, on this binding. @module */
import { syscallsSuite } from '@vnet/linux/testing'
import { beforeAll, describe, it, vi } from 'vitest'
import { ffiSyscalls } from '../src/index.js'
import { bundle } from './bundle.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const file = 'test-syscalls.js'
const module = new URL(`../build/${file}`, import.meta.url).href

beforeAll(() => bundle(file).then(() => {}))

syscallsSuite(
  { name: 'ffi', create: ffiSyscalls, module, factory: 'ffiSyscalls', driver: 'ffiDriver' },
  { describe, it },
)
