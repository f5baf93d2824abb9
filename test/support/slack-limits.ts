/** What Slack would refuse in a message: the documented limits of blocks and messages (docs.slack.dev, Block Kit reference). */
export function slackComplaints(message: unknown): string[] {
  const complaints: string[] = [];
  const max = (what: string, value: unknown, limit: number): void => {
    const { length } = String(value);
    if (length > limit) complaints.push(`${what} has ${length} characters, at most ${limit}`);
    if (length === 0) complaints.push(`${what} is empty`);
  };
  const { text, attachments } = record(message);
  max('text', text, 4000);
  const blocks = list(attachments).flatMap((attachment) => list(record(attachment)['blocks']));
  if (list(attachments).length > 20) complaints.push('more than 20 attachments');
  if (blocks.length > 50) complaints.push(`${blocks.length} blocks, at most 50`);
  for (const block of blocks.map(record)) {
    switch (block['type']) {
      case 'header':
        max('header', record(block['text'])['text'], 150);
        break;
      case 'section':
        if ('text' in block) max('section text', record(block['text'])['text'], 3000);
        if ('fields' in block) {
          const fields = list(block['fields']);
          if (fields.length === 0 || fields.length > 10)
            complaints.push(`${fields.length} fields in a section, 1 to 10`);
          for (const field of fields) max('field', record(field)['text'], 2000);
        }
        break;
      case 'context': {
        const elements = list(block['elements']);
        if (elements.length === 0 || elements.length > 10)
          complaints.push(`${elements.length} context elements, 1 to 10`);
        for (const element of elements) max('context element', record(element)['text'], 3000);
        break;
      }
      default:
        complaints.push(`unknown block ${String(block['type'])}`);
    }
  }
  return complaints;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
