/**
 * Looks at the lines of a block, 16 to 64 bytes at a time, and says which ones need a closer look. AssemblyScript: `npm run kernel`
 * compiles it to src/detect/rules/quiet/line-kernel-binary.ts (a test says so when that was forgotten). What it is asked for
 * and where it finds it is laid down by src/detect/rules/quiet/line-kernel.ts, which also says what the results mean; it
 * knows bytes, columns and tables, and no rule.
 *
 * The memory is the caller's: it gives pointers, nothing is allocated here. At least 64 bytes that may be read, whatever
 * they are, stand behind every text.
 */

import { isNothing, isSame, setPatterns } from './bytes';
import { begins, endOf, setBoundsAt, split, startOf } from './columns';
import { anyBit, prefixes, search, setScratch } from './literals';
import { beyond, intervalsOf, lengthOf, millis, uint } from './numbers';
import { pieces } from './pieces';
import { recall } from './recall';

export { setShape } from './columns';
export { remember } from './recall';

// What the last call of `next` came to.
const state: usize = 16;
const stateLines: usize = 0;
const stateRegular: usize = 4;
const stateLineEnd: usize = 8;

/**
 * What is asked of every line, and what is asked where one of these answers calls for a closer look: where the first question
 * stands, then for each kind where its last one ends. A question has `opBytes`.
 */
let ops: usize = 0;
let laterOps: usize = 0;
const opBytes: usize = 48;
/** Ways in which a line may be worth a closer look (`anyWay`). */
let ways: usize = 0;
let waysEnd: usize = 0;

export function setTables(
  boundsAt: usize,
  patternsAt: usize,
  scratchAt: usize,
  opsAt: usize,
  laterOpsAt: usize,
  waysAt: usize,
  wayBytes: usize,
  maxLineBytes: usize,
): void {
  setBoundsAt(boundsAt, maxLineBytes);
  setPatterns(patternsAt);
  setScratch(scratchAt);
  ops = opsAt;
  laterOps = laterOpsAt;
  ways = waysAt;
  waysEnd = waysAt + wayBytes;
}

/** The first line from `at` on that is not quiet, or `end`. A line feed must stand at `end` or right before it. */
export function next(at: usize, end: usize): usize {
  let lines = 0;
  while (at < end) {
    const lineEnd = split(at);
    if (lineEnd == 0) {
      store<i32>(state, 0, stateRegular);
      break;
    }
    regular = 0;
    if (!begins(at) || !pieces() || ask()) {
      store<i32>(state, regular, stateRegular);
      store<i32>(state, lineEnd, stateLineEnd);
      break;
    }
    lines++;
    at = lineEnd + 1;
  }
  store<i32>(state, lines, stateLines);
  return min(at, end);
}

/** Whether the line at hand is one whose parts and results mean something. */
let regular: i32 = 0;

/**
 * Puts all questions to the line, kind after kind, those that may be no reason for a closer look only where there is one.
 * True where the answers call for it.
 */
function ask(): bool {
  regular = 1;
  if (!answer(ops)) {
    regular = 0;
    return true;
  }
  if (!look) return false;
  if (!answer(laterOps)) {
    regular = 0;
    return true;
  }
  return anyWay();
}

/** Whether an answer calls for a closer look. */
let look: bool = false;

/** False where a number is beyond what is exact here. */
function answer(kinds: usize): bool {
  let alarm = 0;
  let op = load<u32>(kinds);
  let end = load<u32>(kinds, 4);
  for (; op < end; op += opBytes) alarm |= askRecall(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 8);
  for (; op < end; op += opBytes) alarm |= askSearch(op);
  end = load<u32>(kinds, 12);
  for (; op < end; op += opBytes) alarm |= askPrefixes(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 16);
  for (; op < end; op += opBytes) {
    const within = askUint(op);
    if (within < 0) return false;
    alarm |= within & load<i32>(op, 12);
  }
  end = load<u32>(kinds, 20);
  for (; op < end; op += opBytes) {
    const within = askMillis(op);
    if (within < 0) return false;
    alarm |= within & load<i32>(op, 12);
  }
  end = load<u32>(kinds, 24);
  for (; op < end; op += opBytes) alarm |= askLength(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 28);
  for (; op < end; op += opBytes) alarm |= askSame(op) & load<i32>(op, 12);
  look = alarm != 0;
  return true;
}

function askRecall(op: usize): i32 {
  const part = load<i32>(op, 4);
  const start = startOf(part);
  const end = endOf(part);
  const answer = isNothing(start, end) ? load<i32>(op, 20) : recall(start, end, op);
  store<i32>(load<u32>(op, 8), answer);
  return answer;
}

function askSearch(op: usize): i32 {
  const part = load<i32>(op, 4);
  const result = load<u32>(op, 8);
  const any = search(op, startOf(part), endOf(part), result);
  store<i32>(result, any);
  return <i32>(any != 0 && anyBit(result + 4, load<u32>(op, 44), load<u32>(op, 40)));
}

function askPrefixes(op: usize): i32 {
  const part = load<i32>(op, 4);
  const found = prefixes(startOf(part), endOf(part), load<u32>(op, 16), load<u32>(op, 20));
  store<i32>(load<u32>(op, 8), found);
  return found;
}

/** Numbers below this are looked up, where there are more than a few intervals. */
const lowNumbers: f64 = 1024;

function askUint(op: usize): i32 {
  const part = load<i32>(op, 4);
  const value = uint(startOf(part), endOf(part));
  const low = load<u32>(op, 24);
  if (low != 0 && value >= 0 && value < lowNumbers) {
    const result = load<u32>(op, 8);
    store<f64>(result, value);
    const within = load<i32>(low + ((<usize>value) << 2));
    store<i32>(result, within, 8);
    return within;
  }
  return answerNumber(op, value);
}

function askMillis(op: usize): i32 {
  const part = load<i32>(op, 4);
  return answerNumber(op, millis(startOf(part), endOf(part)));
}

function askLength(op: usize): i32 {
  const part = load<i32>(op, 4);
  return answerNumber(op, lengthOf(startOf(part), endOf(part)));
}

/** The bits of its intervals; −1 where it is beyond what is exact. */
function answerNumber(op: usize, value: f64): i32 {
  if (value == beyond) return -1;
  const result = load<u32>(op, 8);
  store<f64>(result, value);
  const within = intervalsOf(value, load<u32>(op, 16), load<u32>(op, 20));
  store<i32>(result, within, 8);
  return within;
}

function askSame(op: usize): i32 {
  const part = load<i32>(op, 4);
  const other = load<i32>(op, 16);
  const answer = isSame(startOf(part), endOf(part), startOf(other), endOf(other)) ? 1 : 2;
  store<i32>(load<u32>(op, 8), answer);
  return answer;
}

/**
 * A way: how many bytes of it, then clauses that must all hold. A clause: how many bytes, then where an answer stands and
 * which of its bits count, as often as there are; one is enough.
 */
function anyWay(): bool {
  for (let way = ways; way < waysEnd; way += load<u32>(way)) {
    const wayEnd = way + load<u32>(way);
    let clause = way + 4;
    while (clause < wayEnd && holds(clause)) clause += load<u32>(clause);
    if (clause == wayEnd) return true;
  }
  return false;
}

function holds(clause: usize): bool {
  const end = clause + load<u32>(clause);
  for (let at = clause + 4; at < end; at += 8) if ((load<i32>(load<u32>(at)) & load<i32>(at, 4)) != 0) return true;
  return false;
}
