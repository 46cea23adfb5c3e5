/** `vnet tree`: this namespace and all that have a name, with their links and addresses. @module */
import type { Host, Namespace } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { withExample } from '../define.js'
import { printJson } from '../output.js'
import { treeJson, treeText } from '../render/tree.js'
import { type Place, readPlaces, treeOf } from '../tree.js'

/** How the namespace is shown that we are in. */
const unnamed = 'this namespace'

/** Declares `tree`. */
export function defineTree(tree: Command, context: Context): void {
  withExample(tree, 'vnet tree')
  tree.action(async () => {
    await context.withHost(
      async (host) => {
        const opened = await openNamed(host)
        try {
          const here = context.settings.namespace ?? unnamed
          const places: Place[] = [{ namespace: host, name: here }, ...opened.map(placeOf)]
          const picture = treeOf(await readPlaces(places))
          if (context.settings.json) printJson(context, treeJson(picture, unnamed))
          else context.terminal.out(treeText(picture, context.palette))
        } finally {
          await Promise.all(opened.map((namespace) => namespace.close()))
        }
      },
      { reading: true },
    )
  })
}

function placeOf(namespace: Namespace): Place {
  return { namespace, name: namespace.name as string }
}

/** The namespaces with a name, but the one that we are in; those that vanish meanwhile are left out. */
async function openNamed(host: Host): Promise<readonly Namespace[]> {
  const own = host.ref !== undefined && 'name' in host.ref ? host.ref.name : undefined
  const listed = await host.namespace.list()
  const opened = await Promise.all(
    listed.filter(({ name }) => name !== own).map(({ name }) => host.namespace.open(name).catch(() => undefined)),
  )
  return opened.filter((namespace) => namespace !== undefined)
}
