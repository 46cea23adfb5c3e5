/** This namespace and all that have a name, opened for as long as something looks at them. @module */
import type { Host, Namespace } from '@vnet/core'
import type { Place } from '@vnet/explain'

/** Opens the named namespaces beside the host, which is called `here`, and closes them afterwards. */
export async function withPlaces<T>(
  host: Host,
  here: string,
  body: (places: readonly Place[]) => Promise<T>,
): Promise<T> {
  const opened = await openNamed(host)
  try {
    const named = opened.map((namespace): Place => ({ namespace, name: namespace.name as string }))
    return await body([{ namespace: host, name: here }, ...named])
  } finally {
    await Promise.all(opened.map((namespace) => namespace.close()))
  }
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
