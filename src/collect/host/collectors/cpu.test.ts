import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { cpu, parseCpuList } from './cpu.ts'
import { parseCpuInfo } from './cpu-info.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

const idleOf = (lines: readonly string[], id: number): number =>
  Number(
    lines
      .find((line) => line.startsWith(`node_cpu_seconds_total{cpu=${id},mode=idle}`))
      ?.split(' ')[1],
  )
const stat = (...idle: (number | undefined)[]): Record<string, string> => ({
  'proc/stat': [
    'cpu 0 0 0 0',
    ...idle.flatMap((ticks, id) => (ticks === undefined ? [] : [`cpu${id} 1 2 3 ${ticks} 5`])),
    'intr 1',
  ].join('\n'),
})

describe('the times of CPUs', () => {
  it('never go back a little, as the kernel lets them', async () => {
    const collect = host.start(cpu)
    host.write(stat(1000, 2000))
    expect(idleOf(await collect(), 0)).toBe(10)
    host.write(stat(900, 2100))
    const lines = await collect()
    expect(idleOf(lines, 0)).toBe(10)
    expect(idleOf(lines, 1)).toBe(21)
  })

  it('start again when a CPU was taken out and put back', async () => {
    const collect = host.start(cpu)
    host.write(stat(1000))
    await collect()
    host.write(stat(700))
    expect(idleOf(await collect(), 0)).toBe(7)
  })

  it('end for a CPU that is gone', async () => {
    const collect = host.start(cpu)
    host.write(stat(1000, 1000))
    await collect()
    host.write(stat(1000, undefined, 5))
    const lines = await collect()
    expect(idleOf(lines, 1)).toBeNaN()
    expect(idleOf(lines, 2)).toBe(0.05)
    host.write(stat(1000, 3))
    expect(idleOf(await collect(), 1)).toBe(0.03)
  })

  it('are zero in columns that an old kernel does not have', async () => {
    host.write(stat(1))
    expect(await host.start(cpu)()).toContain('node_cpu_seconds_total{cpu=0,mode=steal} 0')
  })

  it('leave guests out when asked to', async () => {
    host.write(stat(1))
    const flags = new Map([['no-collector.cpu.guest', true]])
    expect((await host.start(cpu, flags)()).join()).not.toContain('guest')
  })
})

describe('what the CPUs are', () => {
  const CPUINFO =
    'processor\t: 0\nvendor_id\t: Big\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Big (R) CPU: fast\nstepping\t: 7\nmicrocode\t: 0x5\ncpu MHz\t\t: 2500.500\ncache size\t: 1 KB\nphysical id\t: 0\ncore id\t\t: 0\nflags\t\t: fpu aes avx2 sse\nbugs\t\t: mds spectre_v1\n\nprocessor\t: 1\nflags\t\t: other\n'

  it('is read with the filters', async () => {
    host.write({ ...stat(1), 'proc/cpuinfo': CPUINFO })
    const lines = await host.start(
      cpu,
      new Map([
        ['collector.cpu.info.flags-include', '^(aes|avx.?)$'],
        ['collector.cpu.info.bugs-include', '^spectre'],
      ]),
    )()
    expect(lines.filter((line) => /info|hertz/.test(line))).toEqual([
      'node_cpu_bug_info{bug=spectre_v1} 1',
      'node_cpu_flag_info{flag=aes} 1',
      'node_cpu_flag_info{flag=avx2} 1',
      'node_cpu_frequency_hertz{core=0,cpu=0,package=0} 2500500000',
      'node_cpu_info{cachesize=1 KB,core=0,cpu=0,family=6,microcode=0x5,model=85,model_name=Big (R) CPU: fast,package=0,stepping=7,vendor=Big} 1',
      'node_cpu_info{cachesize=,core=,cpu=1,family=,microcode=,model=,model_name=,package=,stepping=,vendor=} 1',
    ])
  })

  it('has no lines before the first processor', () => {
    expect(parseCpuInfo('Hardware : x\nprocessor : 3\nFeatures : fp\n')).toEqual([
      new Map([
        ['processor', '3'],
        ['Features', 'fp'],
      ]),
    ])
  })
})

describe('a list of CPUs', () => {
  it.each([
    ['\n', []],
    ['3\n', [3]],
    ['1,3-5,9\n', [1, 3, 4, 5, 9]],
  ])('%j', (text, ids) => expect(parseCpuList(text)).toEqual(ids))

  it.each(['a', '1-b', '-1'])('refuses %j', (text) => {
    expect(() => parseCpuList(text)).toThrow('CPU list')
  })
})
