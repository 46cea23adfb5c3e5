// Where node-gyp is, and the environment in which it finds this Node's headers without a download.
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/** Path of node-gyp's command-line script: this repository's own, or where the package is installed, npm's. */
export const nodeGyp = locate()

function locate() {
  try {
    return createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  } catch (error) {
    if (process.env.npm_config_node_gyp) return process.env.npm_config_node_gyp
    throw error
  }
}

/**
 * The environment for node-gyp. Left to itself it downloads headers even when they lie beside the node binary
 * (`PREFIX/bin/node`, `PREFIX/include/node`); where they do not, it downloads as usual.
 */
export function nodeGypEnvironment() {
  const { npm_config_nodedir: _, ...environment } = process.env
  const prefix = dirname(dirname(process.execPath))
  return existsSync(`${prefix}/include/node/node_api.h`) ? { ...environment, npm_config_nodedir: prefix } : environment
}

/** Removes what node-gyp leaves in native/: its build, and a stamp in a node_modules of its own making. */
export function cleanNative() {
  for (const name of ['build', 'node_modules']) {
    rmSync(new URL(`../native/${name}`, import.meta.url), { recursive: true, force: true })
  }
}
