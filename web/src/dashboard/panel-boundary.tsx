import { Alert } from '@mantine/core'
import { Component, type ReactNode } from 'react'

interface PanelBoundaryProps {
  /** Another attempt is made when it is another. */
  readonly source: unknown
  readonly children: ReactNode
}

interface State {
  readonly error: Error | undefined
  readonly source: unknown
}

/** A panel that cannot be drawn says so in its place; the others stay. */
export class PanelBoundary extends Component<PanelBoundaryProps, State> {
  override state: State = { error: undefined, source: this.props.source }

  static getDerivedStateFromProps(props: PanelBoundaryProps, state: State): State | null {
    return props.source === state.source ? null : { error: undefined, source: props.source }
  }

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Alert color="red" variant="light" title="This panel cannot be drawn">
        {error.message}
      </Alert>
    )
  }
}
