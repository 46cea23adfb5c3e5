// A loop in Go over an os.File, as songgao/water and others have it: one Read or Write a packet.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func turn(p []byte) {
	for i := 12; i < 16; i++ {
		p[i], p[i+4] = p[i+4], p[i]
	}
	p[20], p[21], p[22], p[23] = p[22], p[23], p[20], p[21]
}

func packet(size int) []byte {
	p := make([]byte, size)
	copy(p, []byte{0x45, 0, byte(size >> 8), byte(size), 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1})
	sum := 0
	for i := 0; i < 20; i += 2 {
		sum += int(p[i])<<8 | int(p[i+1])
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	p[10], p[11] = byte(^sum>>8), byte(^sum)
	copy(p[20:], []byte{0, 9, 9000 >> 8, 9000 & 255, byte((size - 20) >> 8), byte(size - 20), 0, 0})
	return p
}

func main() {
	tun := os.NewFile(3, "tun")
	in := bufio.NewScanner(os.Stdin)
	buffer := make([]byte, 65536)
	for in.Scan() {
		var mode string
		var count, size int
		fmt.Sscan(in.Text(), &mode, &count, &size)
		if mode == "end" {
			return
		}
		out := packet(size + 40)[:size]
		copy(out, packet(size))
		start := time.Now()
		for done := 0; done < count; {
			n := size
			if mode != "write" {
				n, _ = tun.Read(buffer)
				if mode == "read" {
					done++
					continue
				}
				if buffer[0] == 0x45 {
					done++
				}
				turn(buffer[:n])
				tun.Write(buffer[:n])
				continue
			}
			tun.Write(out)
			done++
		}
		fmt.Println(time.Since(start).Nanoseconds())
	}
}
