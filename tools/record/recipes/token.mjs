// Recipes: `ip token`, the host's half of addresses that routers give.

import { addressed } from './setup.mjs'

export const token = [
  { name: 'token/set', setup: addressed, command: 'ip token set ::5 dev v0' },
  { name: 'token/delete', setup: [...addressed, 'ip token set ::5 dev v0'], command: 'ip token delete dev v0' },
  { name: 'token/list', setup: [...addressed, 'ip token set ::a:b:c:d dev v0'], command: 'ip -j token show' },
  { name: 'token/refused-loopback', setup: addressed, command: 'ip token set ::5 dev lo' },
]
