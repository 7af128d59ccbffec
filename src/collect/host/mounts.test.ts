import { describe, expect, it } from 'vitest'
import { parseMounts } from './mounts.ts'

const line = (point: string, options = 'rw', superOptions = 'rw'): string =>
  `36 35 98:0 /mnt1 ${point} ${options} master:1 shared:7 - ext3 /dev/root ${superOptions}\n`

describe('mountinfo', () => {
  it('is read, with any number of optional fields', () => {
    const [mount] = parseMounts(line('/mnt2', 'rw,noatime'), '/')
    expect(mount).toEqual({
      device: '/dev/root',
      mountPoint: '/mnt2',
      fsType: 'ext3',
      major: '98',
      minor: '0',
      readOnly: false,
    })
    expect(parseMounts('1 0 0:5 / / rw - tmpfs none rw', '/')).toHaveLength(1)
  })

  it.each([
    ['ro', 'rw', true],
    ['rw', 'ro', true],
    ['rw', 'rw,emergency_ro', true],
    ['rw,errors=remount-ro', 'rw', false],
  ])('options %s and %s: read-only %s', (options, superOptions, readOnly) => {
    expect(parseMounts(line('/', options, superOptions), '/')[0]?.readOnly).toBe(readOnly)
  })

  it('undoes the escapes of spaces and tabs', () => {
    expect(parseMounts(line('/a\\040b\\011c'), '/')[0]?.mountPoint).toBe('/a b\tc')
  })

  it.each([
    ['/', '/rootfs/srv', '/rootfs/srv'],
    ['/rootfs', '/rootfs/srv', '/srv'],
    ['/rootfs', '/rootfs', '/'],
    ['/rootfs', '/srv', '/srv'],
  ])('below %s, %s is %s', (rootfs, point, shown) => {
    expect(parseMounts(line(point), rootfs)[0]?.mountPoint).toBe(shown)
  })

  it.each(['nonsense', '1 2 3 / / rw - ext4 a b', '36 35 98:0 /mnt1 / rw master:1 ext3 a b'])(
    'refuses %j',
    (text) => expect(() => parseMounts(text, '/')).toThrow('not a mount'),
  )
})
