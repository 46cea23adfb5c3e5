/** Networks that work, and networks in which one thing is wrong. @module */
import { hostScenes } from './host-scenes.js'
import { linkScenes } from './link-scenes.js'
import { natScenes } from './nat-scenes.js'
import { portScenes } from './port-scenes.js'
import { protectedScenes } from './protected-scenes.js'
import { routerScenes } from './router-scenes.js'
import type { Scene } from './stage.js'
import { trunkScenes } from './trunk-scenes.js'
import { tunnelScenes } from './tunnel-scenes.js'
import { vrfScenes } from './vrf-scenes.js'

export const scenes: readonly Scene[] = [
  ...hostScenes,
  ...linkScenes,
  ...trunkScenes,
  ...routerScenes,
  ...natScenes,
  ...portScenes,
  ...vrfScenes,
  ...tunnelScenes,
  ...protectedScenes,
]
