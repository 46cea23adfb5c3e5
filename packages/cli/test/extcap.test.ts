/** `vnet extcap`: what Wireshark asks is answered, and tshark captures through it. */
import { CaptureReader } from '@vnet/wire'
import { expect } from 'vitest'
import { onBothBindings } from './capture-lab.js'
import { vnet } from './sandbox.js'

onBothBindings('vnet extcap', ({ test }) => {
  test('answers what Wireshark asks', ['ip'], (run) => {
    const { stdout, stderr } = run(`
ip netns add red
ip tuntap add tun0 mode tun
ask() { echo "- $*"; vnet extcap run -- "$@"; echo "$?"; }
ask --extcap-interfaces --extcap-version=4.0
ask --extcap-dlts --extcap-interface vnet-eth0@blue
ask --extcap-dlts --extcap-interface=vnet-tun0
ask --extcap-config --extcap-interface vnet-v0
ask --extcap-interface vnet-v0 --extcap-capture-filter icmp
ask --extcap-interface vnet-v0 --extcap-capture-filter 'icmp and'
ask --extcap-dlts --extcap-interface vnet-gone 2>&1
ask --capture --extcap-interface vnet-v0 2>&1
ask --extcap-unheard 2>&1
`)
    expect(stderr).toBe('')
    const answers = stdout.split(/^- .*\n/m).slice(1)
    expect(answers[0]).toContain('extcap {version=1.0}')
    for (const line of [
      'interface {value=vnet-any}{display=vnet: all links}',
      'interface {value=vnet-v0}{display=vnet: v0 (veth)}',
      'interface {value=vnet-eth0@blue}{display=vnet: eth0 (veth) in namespace blue}',
      'interface {value=vnet-lo@red}{display=vnet: lo (loopback) in namespace red}',
    ]) {
      expect(answers[0]?.split('\n')).toContain(line)
    }
    expect(answers[1]).toBe('dlt {number=1}{name=EN10MB}{display=Ethernet}\n0\n')
    expect(answers[2]).toBe('dlt {number=101}{name=RAW}{display=Raw IP}\n0\n')
    expect(answers[3]).toMatch(/^arg \{number=0\}\{call=--direction\}.*\narg \{number=1\}\{call=--snap-length\}/ms)
    // Silence means that the filter is right.
    expect(answers[4]).toBe('0\n')
    expect(answers[5]).toMatch(/^syntax error: expected .*\n0\n$/)
    expect(answers[6]).toMatch(/there is no link "vnet-gone" any more\n2\n$/)
    expect(answers[7]).toMatch(/where to\? --fifo\n2\n$/)
    expect(answers[8]).toMatch(/"--extcap-unheard" is no option of extcap that vnet knows\n2\n$/)
  })

  test('captures into a pipe until its reader goes or it is ended; says what is wrong', ['ip', 'ping'], (run) => {
    const { stdout, stderr, read, text } = run(`
mkfifo $DIR/any $DIR/down
ping -i 0.1 10.0.0.2 >/dev/null & pinging=$!
"${process.execPath}" "${vnet}" extcap run -- --capture --extcap-interface vnet-any --fifo $DIR/any --extcap-capture-filter icmp --snap-length 60 --promiscuous true 2>$DIR/any.err & pids[any]=$!
head -c 2000 $DIR/any >$DIR/any.pcapng; wait \${pids[any]}; echo "any $?"
"${process.execPath}" "${vnet}" extcap run -- --capture --extcap-interface vnet-v0 --fifo $DIR/down --promiscuous false 2>$DIR/ended.err & pids[ended]=$!
exec 7<$DIR/down; head -c 500 <&7 >/dev/null; cat <&7 >/dev/null & stop ended
exec 7<&-; kill $pinging
ip link set v0 down
"${process.execPath}" "${vnet}" extcap run -- --capture --extcap-interface vnet-v0 --fifo $DIR/down 2>$DIR/down.err & pids[down]=$!
cat $DIR/down | wc -c; wait \${pids[down]}; echo "down $?"
`)
    expect(stderr).toBe('')
    expect(stdout).toBe('any 0\nended 0\n0\ndown 1\n')
    const blocks = new CaptureReader().push(read('any.pcapng'))
    const packets = blocks.flatMap((block) => (block.block === 'packet' ? [block] : []))
    expect(packets.length).toBeGreaterThan(3)
    // ICMP over IPv4, and no more of it than was asked for.
    expect(packets.map(({ bytes }) => [bytes.length, bytes[12], bytes[23]])).toEqual(packets.map(() => [60, 8, 1]))
    // What is printed is shown as an error.
    expect([text('any.err'), text('ended.err')]).toEqual(['', ''])
    expect(text('down.err')).toMatch(/^vnet: capture open v0: Network is down \(ENETDOWN\)\nhint: .*\n$/)
  })

  test('installed, tshark lists our links and captures them; removed again', ['tshark', 'ip', 'ping'], (run) => {
    const { stdout, text } = run(`
vnet extcap install; vnet extcap install >/dev/null; echo "again $?"
ping -i 0.2 10.0.0.2 >/dev/null & pinging=$!
tshark -D 2>/dev/null | grep -o 'vnet-[a-z0-9@]*' >$DIR/listed
timeout 60 tshark -i vnet-v0 -f 'icmp[0] == 8' -c 3 -w $DIR/v0.pcapng 2>$DIR/v0.err; echo "capture $?"
timeout 60 tshark -i vnet-eth0@blue -o 'extcap.vnet_eth0_blue.direction: in' -c 3 -w $DIR/blue.pcapng 2>$DIR/blue.err; echo "capture $?"
for name in v0 blue; do tshark -r $DIR/$name.pcapng -T fields -e _ws.col.Protocol -e icmp.type 2>/dev/null >$DIR/$name.txt; done
timeout 60 tshark -i vnet-v0 -f 'icmp and' -c 3 2>$DIR/filter.err; echo "filter $?"
kill $pinging
vnet --json extcap uninstall; ls $DIR/.config/wireshark/extcap
vnet extcap uninstall 2>$DIR/absent.err; echo "absent $?"
mkdir $DIR/own; echo other >$DIR/own/vnet
vnet extcap install --folder $DIR/own 2>$DIR/other.err; echo "other $?"
vnet extcap uninstall --folder $DIR/own 2>>$DIR/other.err; echo "other $?"; cat $DIR/own/vnet
`)
    expect(stdout).toMatch(
      /^installed: \S+\/extcap\/vnet\nagain 0\ncapture 0\ncapture 0\nfilter 1\n\{"removed":"\S+"\}\nabsent 1\nother 1\nother 1\nother\n$/,
    )
    expect(text('listed').split('\n')).toEqual(
      expect.arrayContaining(['vnet-any', 'vnet-v0', 'vnet-any@blue', 'vnet-eth0@blue']),
    )
    expect(text('v0.txt')).toBe('ICMP\t8\nICMP\t8\nICMP\t8\n')
    expect(text('blue.txt').trim().split('\n')).toHaveLength(3)
    for (const name of ['v0', 'blue']) expect(text(`${name}.err`)).not.toContain('Error by extcap')
    expect(text('filter.err')).toMatch(/vnet: capture open v0: .*syntax error/)
    expect(text('absent.err')).toContain('(ENOENT)')
    expect(text('other.err').match(/\(EEXIST\)/g)).toHaveLength(2)
  })
})
