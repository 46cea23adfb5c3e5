/** Requests that take several messages, as the simple requests that they are made of, in the order that the kernel takes. @module */
import type { CleanLinkChange, Request } from '@vnet/core'

/** The parts of a compound request; `undefined` for one that is one message. */
export function split(request: Request): readonly Request[] | undefined {
  switch (request.operation) {
    case 'link add':
      return splitAdd(request)
    case 'link set':
      return splitSet(request.spec)
    case 'route list':
    case 'rule list':
      if (request.spec.family !== undefined) return undefined
      return ([4, 6] as const).map((family) => ({ ...request, spec: { ...request.spec, family } }) as Request)
    default:
      return undefined
  }
}

function splitAdd(request: Request & { operation: 'link add' }): readonly Request[] | undefined {
  if (request.spec.port === undefined) return undefined
  const { port, ...rest } = request.spec
  return [
    { operation: 'link add', spec: rest as typeof request.spec },
    { operation: 'link set', spec: { link: rest.name ?? 0, port } },
  ]
}

function splitSet(spec: CleanLinkChange): readonly Request[] | undefined {
  const { link, addAltNames, deleteAltNames, port, namespace, ...rest } = spec
  const parts: CleanLinkChange[] = []
  if (Object.keys(rest).length > 0) parts.push({ link, ...rest })
  const after = rest.name ?? link
  if (port !== undefined) parts.push({ link: after, port })
  if (deleteAltNames !== undefined && deleteAltNames.length > 0) parts.push({ link: after, deleteAltNames })
  if (addAltNames !== undefined && addAltNames.length > 0) parts.push({ link: after, addAltNames })
  if (namespace !== undefined) parts.push({ link: after, namespace })
  return parts.length > 1 ? parts.map((part) => ({ operation: 'link set', spec: part })) : undefined
}
