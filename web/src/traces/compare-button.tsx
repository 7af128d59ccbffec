import { Button, Popover, TextInput } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { keepTime, type Search } from '../shell/keep-time.ts'
import { readTraceId } from './trace-id.ts'

/** Asks for the id of another trace, and goes to both beside each other. */
export function CompareButton({ traceId }: { readonly traceId: string }) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const other = readTraceId(text)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (other === undefined) return
    void navigate({
      to: '/traces/compare',
      search: (now: Search) => ({ ...keepTime(now), left: traceId, right: other }),
    })
  }
  return (
    <Popover trapFocus position="bottom-end">
      <Popover.Target>
        <Button variant="default" leftSection={<IconArrowsDiff size={15} />}>
          Compare
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={submit}>
          <TextInput
            label="Compare with the trace"
            placeholder="Trace id"
            w="22rem"
            maw="80vw"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          <Button type="submit" mt="xs" disabled={other === undefined}>
            Compare
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
