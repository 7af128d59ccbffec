import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { SlowCalls } from '../slow-calls.ts'
import { filesystem } from './filesystem.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

const mounts = (...lines: string[]): string =>
  lines.map((line, i) => `${i} 1 8:${i} / ${line}\n`).join('')

describe('mounts', () => {
  it('are filtered by point and type', async () => {
    host.write({
      'root/data/x': '',
      'root/var/lib/docker/overlay2/1/x': '',
      'proc/1/mountinfo': mounts(
        '/ rw - ext4 /dev/a rw',
        '/data rw - xfs /dev/b rw',
        '/var/lib/docker/overlay2/1 rw - ext4 /dev/c rw',
        '/data/merged rw - overlay overlay rw',
      ),
    })
    const errors = (flags: [string, string][] = []) =>
      host
        .start(filesystem, new Map(flags))()
        .then((lines) => lines.filter((line) => line.includes('device_error{')))
    expect(await errors()).toEqual([
      'node_filesystem_device_error{device=/dev/a,device_error=,fstype=ext4,mountpoint=/} 0',
      'node_filesystem_device_error{device=/dev/b,device_error=,fstype=xfs,mountpoint=/data} 0',
    ])
    expect(
      await errors([
        ['collector.filesystem.mount-points-include', '^/data'],
        ['collector.filesystem.fs-types-include', '^(overlay|ext4)$'],
      ]),
    ).toEqual([
      'node_filesystem_device_error{device=overlay,device_error=no such file or directory,fstype=overlay,mountpoint=/data/merged} 1',
    ])
  })

  it('are those of this process when those of the first are hidden', async () => {
    host.write({ 'root/x': '', 'proc/self/mountinfo': mounts('/ ro - ext4 /dev/a rw') })
    expect(await host.start(filesystem)()).toContain(
      'node_filesystem_readonly{device=/dev/a,device_error=,fstype=ext4,mountpoint=/} 1',
    )
  })

  it('that do not answer are an error, and keep local ones from nothing', async () => {
    host.write({
      'root/x': '',
      'root/nfs/x': '',
      'proc/1/mountinfo': mounts('/nfs rw - nfs4 server:/x rw', '/ rw - ext4 /dev/a rw'),
    })
    // Both slots for remote file systems are held by calls that hang, as two dead servers would.
    const slow = new SlowCalls()
    let release: () => void = () => {}
    const hanging = new Promise<void>((resolve) => (release = resolve))
    const soon = performance.now() + 5
    const held = [1, 2].map(() => slow.run('remote', soon, () => hanging))
    await Promise.allSettled(held)
    const collect = host.start(filesystem, new Map(), slow)
    const lines = await collect()
    expect(lines).toContain(
      'node_filesystem_device_error{device=server:/x,device_error=not asked: other mounts do not answer,fstype=nfs4,mountpoint=/nfs} 1',
    )
    expect(lines).toContain(
      'node_filesystem_device_error{device=/dev/a,device_error=,fstype=ext4,mountpoint=/} 0',
    )
    expect(lines.join()).not.toMatch(/size_bytes\{device=server/)
    release()
    await expect
      .poll(async () => (await collect()).join())
      .toMatch(/node_filesystem_size_bytes\{device=server/)
  })

  it('at one place twice are told once', async () => {
    host.write({
      'root/x': '',
      'proc/1/mountinfo': mounts('/ rw - ext4 /dev/a rw', '/ ro - ext4 /dev/a rw'),
    })
    const lines = await host.start(filesystem)()
    expect(lines.filter((line) => line.startsWith('node_filesystem_readonly'))).toHaveLength(1)
  })
})
