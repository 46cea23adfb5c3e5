export async function forwarderRow() { return { name: 'forwarder', title: 'TCP through a forwarder', mode: 'forwarder', count: 1, results: [] } }
