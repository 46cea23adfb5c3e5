/** Namespaces in the shape of `ip -j netns list` (iproute2 6.1). @module */
import type { NamespaceInfo } from '@vnet/core'
import { type JsonObject, ordered } from './object.js'

/** A namespace as `ip -j netns list` writes it. */
export function namespaceJson(namespace: NamespaceInfo): JsonObject {
  return ordered([
    ['name', namespace.name],
    ['id', namespace.id],
  ])
}
