import { Anchor, Kbd, Table, Text } from '@mantine/core'
import { Card, Page } from '../shell/page.tsx'
import { SHORTCUTS } from '../shell/shortcuts.ts'
import styles from './help-page.module.css'

const DOORS = [
  ['9090', 'Prometheus: HTTP API, remote write; point Grafana, promtool and scrapers here'],
  ['3000', 'These pages'],
  ['9094', 'Webhook receiver: prints alerts to the console'],
] as const

export function HelpPage() {
  return (
    <Page title="Help">
      <div className={styles['columns']}>
        <Card title="Keyboard" isFlush>
          <Table verticalSpacing={5} horizontalSpacing="md">
            <Table.Tbody>
              {SHORTCUTS.map(({ keys, what }) => (
                <Table.Tr key={keys}>
                  <Table.Td className={styles['keys'] ?? ''}>
                    {keys.split(' ').map((key) => (
                      <Kbd key={key} mr={4}>
                        {key}
                      </Kbd>
                    ))}
                  </Table.Td>
                  <Table.Td>{what}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
        <Card title="Where things are" isFlush>
          <Table verticalSpacing={5} horizontalSpacing="md">
            <Table.Tbody>
              {DOORS.map(([port, what]) => (
                <Table.Tr key={port}>
                  <Table.Td>
                    <code>:{port}</code>
                  </Table.Td>
                  <Table.Td>{what}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="sm" p="md">
            The documentation is in the folder <code>docs/</code> of the program. PromQL itself is
            described at{' '}
            <Anchor
              size="sm"
              underline="always"
              href="https://prometheus.io/docs/prometheus/latest/querying/basics/"
              target="_blank"
              rel="noreferrer"
            >
              prometheus.io
            </Anchor>
            .
          </Text>
        </Card>
      </div>
    </Page>
  )
}
