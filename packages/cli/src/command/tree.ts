/** `vnet tree`: this namespace and all that have a name, with their links and addresses. @module */
import { readPlaces } from '@vnet/explain'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { withExample } from '../define.js'
import { printJson } from '../output.js'
import { withPlaces } from '../places.js'
import { treeJson, treeText } from '../render/tree.js'
import { treeOf } from '../tree.js'

/** How the namespace is shown that we are in. */
const unnamed = 'this namespace'

/** Declares `tree`. */
export function defineTree(tree: Command, context: Context): void {
  withExample(tree, 'vnet tree')
  tree.action(async () => {
    await context.withHost(
      async (host) => {
        await withPlaces(host, context.settings.namespace ?? unnamed, async (places) => {
          const picture = treeOf(await readPlaces(places))
          if (context.settings.json) printJson(context, treeJson(picture, unnamed))
          else context.terminal.out(treeText(picture, context.palette))
        })
      },
      { reading: true },
    )
  })
}
