// Recipes: ids that a namespace has for others (`ip netns set`, `ip netns list-id`).

const blue = ['ip netns add blue']

export const netns = [
  {
    name: 'netns/set',
    setup: blue,
    command: 'ip netns set blue 7',
    note: 'NETNSA_FD is the number of a file descriptor of the recorded process',
  },
  { name: 'netns/set-auto', setup: blue, command: 'ip netns set blue auto' },
  {
    name: 'netns/list-id',
    setup: [...blue, 'ip netns add red', 'ip netns set blue 7', 'ip netns set red 9'],
    command: 'ip -j netns list-id',
  },
  { name: 'netns/get-id', setup: [...blue, 'ip netns set blue 7'], command: 'ip -j netns list-id nsid 7' },
]
