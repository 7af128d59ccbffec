import { FieldType, toCSV, type DataFrame } from '@grafana/data'
import { Button, Code, Drawer, ScrollArea, Tabs } from '@mantine/core'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import { writePanel } from '../../../src/lang/dashboard/write-dashboard.ts'
import { nameOf } from '../panels/field-style.ts'
import { formatDateTime } from '../time/format-time.ts'
import styles from './dashboard.module.css'
import type { QueryPlan } from './plan-queries.ts'

/** A person reads no more; the file has all. */
const MOST_ROWS = 500

export interface InspectDrawerProps {
  readonly panel: Panel
  readonly plan: QueryPlan
  readonly frames: DataFrame[]
  readonly title: string
  readonly zone: string
  readonly tab: 'data' | 'query' | 'json'
  readonly onClose: () => void
}

/** What is behind a panel: its data, its queries as they were asked, its JSON. */
export function InspectDrawer({
  panel,
  plan,
  frames,
  title,
  zone,
  tab,
  onClose,
}: InspectDrawerProps) {
  return (
    <Drawer opened onClose={onClose} position="right" size="xl" title={`Inspect: ${title}`}>
      <Tabs defaultValue={tab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="data">Data</Tabs.Tab>
          <Tabs.Tab value="query">Query</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="data" pt="sm">
          <DataTab {...{ frames, title, zone }} />
        </Tabs.Panel>
        <Tabs.Panel value="query" pt="sm">
          {plan.queries.map(({ ask, frames: reading }, i) => (
            <div key={i} className={styles['inspected']}>
              <strong>{reading.refId}</strong> of {ask.source.name},{' '}
              {ask.stepMs === undefined ? 'at one time' : `every ${ask.stepMs / 1000} s`},{' '}
              {formatDateTime(ask.startMs, zone)} to {formatDateTime(ask.endMs, zone)}
              <Code block>{ask.expr}</Code>
            </div>
          ))}
          {plan.refused.map((reason, i) => (
            <p key={i}>{reason}</p>
          ))}
        </Tabs.Panel>
        <Tabs.Panel value="json" pt="sm">
          <Code block>{JSON.stringify(writePanel(panel), null, 2)}</Code>
        </Tabs.Panel>
      </Tabs>
    </Drawer>
  )
}

function DataTab({ frames, title, zone }: Pick<InspectDrawerProps, 'frames' | 'title' | 'zone'>) {
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => saveFile(toCSV(frames), `${title || 'panel'}.csv`)}
      >
        Download CSV
      </Button>
      {frames.map((frame, i) => (
        <ScrollArea key={i} mah={360} my="sm">
          <table className={styles['dataTable']}>
            <thead>
              <tr>
                {frame.fields.map((field, column) => (
                  <th key={column} scope="col">
                    {nameOf(field, frame, frames)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: Math.min(MOST_ROWS, frame.length) }, (_none, row) => (
                <tr key={row}>
                  {frame.fields.map((field, column) => {
                    const value: unknown = field.values[row]
                    const isTime = field.type === FieldType.time && typeof value === 'number'
                    return (
                      <td key={column}>
                        {isTime ? formatDateTime(value, zone) : plainText(value)}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
          {frame.length > MOST_ROWS && <p>{frame.length - MOST_ROWS} more rows are in the file.</p>}
        </ScrollArea>
      ))}
    </>
  )
}

function plainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value)
    : JSON.stringify(value ?? null)
}

function saveFile(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
