import { BoardError, type BoardErrorCode } from '../board-error';
import { statusText, type IspReply } from './packet';

/** The board gave no usable answer although all retries were used up: worth another start at a lower rate. */
export class LinkFailure extends BoardError {
  constructor(code: BoardErrorCode, sentence: string, action = 'Try a lower --baud, another cable or another USB port.') {
    super(code, sentence, action);
  }
}

/** What the last attempt at a request gave, for a sentence. */
export function outcomeText(reply: IspReply | undefined): string {
  return reply === undefined ? 'no answer' : statusText(reply.status);
}
