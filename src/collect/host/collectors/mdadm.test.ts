import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { mdadm, parseMdstat } from './mdadm.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

const MDSTAT = `Personalities : [raid1] [raid0] [raid6]
md0 : active raid1 sdb1[1] sda1[0]
      1000 blocks super 1.2 [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md1 : active raid6 sdd[4](F) sdc[3] sdb[1] sda[0] sde[5](S)
      4000 blocks level 6, 64k chunk, algorithm 2 [4/3] [UU_U]
      [=>...................]  recovery = 8.5% (340/4000) finish=1.0min speed=100K/sec

md2 : active raid0 sdf[0] sdg[1]
      2000 blocks 64k chunks

md3 : active (auto-read-only) raid1 sdh[0] sdi[1]
      3000 blocks super 1.2 [2/2] [UU]
        resync=PENDING

md4 : inactive sdj[0](S)
      500 blocks

unused devices: <none>
`

describe('mdstat', () => {
  it('is read', () => {
    expect(parseMdstat(MDSTAT)).toEqual([
      expect.objectContaining({ name: 'md0', state: 'active', active: 2, blocksSynced: 1000 }),
      {
        name: 'md1',
        state: 'recovering',
        active: 3,
        total: 4,
        failed: 1,
        spare: 1,
        blocks: 4000,
        blocksSynced: 340,
      },
      expect.objectContaining({ name: 'md2', state: 'active', active: 2, total: 2 }),
      expect.objectContaining({ name: 'md3', state: 'resyncing', blocksSynced: 0 }),
      expect.objectContaining({ name: 'md4', state: 'inactive', active: 0, total: 0 }),
    ])
  })

  it('of an unknown form is an error', () => {
    expect(() => parseMdstat('md0 : active raid1 sda[0]\n   many blocks [2/2]\n')).toThrow('md0')
    expect(() => parseMdstat('md0 : active raid1 sda[0]\n   12 blocks\n')).toThrow('not a status')
  })

  it('becomes states and counts, with what sysfs adds', async () => {
    host.write({
      'proc/mdstat': MDSTAT,
      'sys/block/md1/md/level': 'raid6\n',
      'sys/block/md1/md/raid_disks': '5 (4)\n',
      'sys/block/md1/md/degraded': '1\n',
      'sys/block/sda/size': '1\n',
    })
    const lines = await host.start(mdadm)()
    expect(lines.filter((line) => line.includes('device=md1'))).toEqual([
      'node_md_blocks{device=md1} 4000',
      'node_md_blocks_synced{device=md1} 340',
      'node_md_degraded{device=md1} 1',
      'node_md_disks{device=md1,state=active} 3',
      'node_md_disks{device=md1,state=failed} 1',
      'node_md_disks{device=md1,state=spare} 1',
      'node_md_disks_required{device=md1} 4',
      'node_md_raid_disks{device=md1} 5',
      'node_md_state{device=md1,state=active} 0',
      'node_md_state{device=md1,state=inactive} 0',
      'node_md_state{device=md1,state=recovering} 1',
      'node_md_state{device=md1,state=resync} 0',
      'node_md_state{device=md1,state=check} 0',
    ])
  })

  it('is no data without the driver', async () => {
    expect(await host.start(mdadm)()).toEqual(['error: the md driver is not loaded'])
  })
})
