import type { ClusterJson, ClusterMemberJson } from '../../../../src/contract/cluster.ts'
import { useCluster } from '../../api/use-status.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import styles from './status.module.css'

/** Who shares the work with this server, and who has how much of it; nothing where nobody does. */
export function ClusterMembers() {
  const { data } = useCluster()
  if (data === undefined || data === null) return null
  return (
    <Card title="Cluster">
      {!data.isWorking && (
        <p className={styles['fault']}>
          This member does nothing of the shared work: it cannot reach the metadata in time.
        </p>
      )}
      {data.freeShards > 0 && (
        <p className={styles['fault']}>
          Nobody does {data.freeShards} of {data.shards} parts of the work.
        </p>
      )}
      <div className={styles['scroll']} role="region" aria-label="Members" tabIndex={0}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Member</th>
              <th scope="col">Version</th>
              <th scope="col">Answers at</th>
              <th scope="col">Parts of the work</th>
              <th scope="col">Last change</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {data.members.map((member) => (
              <MemberRow key={member.id} member={member} cluster={data} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

interface MemberRowProps {
  readonly member: ClusterMemberJson
  readonly cluster: ClusterJson
}

function MemberRow({ member, cluster }: MemberRowProps) {
  const { newestShardMs } = member
  return (
    <tr>
      <td>
        {member.name}
        {member.id === cluster.self && ' (this one)'}
      </td>
      <td>{member.version}</td>
      <td>{member.url === '' ? '–' : member.url}</td>
      <td>
        {member.shards} of {cluster.shards}
      </td>
      <td>
        {newestShardMs === null ? '–' : `${formatValue(newestShardMs / 1000, 'seconds')} ago`}
      </td>
      <td>{stateOf(member)}</td>
    </tr>
  )
}

function stateOf(member: ClusterMemberJson): string {
  const silent = `no sign of life for ${formatValue(member.silentMs / 1000, 'seconds')}`
  const said = [
    member.isAlive ? '' : silent,
    member.sendsNotifications ? 'sends notifications' : '',
    member.hasSameVersion ? '' : 'other version',
    member.hasSameConfig ? '' : 'other configuration',
  ].filter((part) => part !== '')
  return said.length === 0 ? 'ok' : said.join(', ')
}
