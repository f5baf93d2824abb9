import type { Failure } from '../api/request.ts';

interface TroubleProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
}

/** What could not be loaded and why, with the button that tries again. */
export function Trouble({ failure, onRetry }: TroubleProps) {
  return (
    <p class="problem" role="alert">
      {failure.message}{' '}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}
