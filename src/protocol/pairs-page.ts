/** Messages between the host and the page of one pair list. The page gets an overview, and asks for the pairs in sight. */
import * as z from 'zod';

const pairShows = ['all', 'same', 'different', 'missing'] as const;
export type PairShow = (typeof pairShows)[number];

export interface PairsView {
  readonly name: string;
  readonly folds: number;
  /** Pairs by what is shown. */
  readonly counts: Readonly<Record<PairShow, number>>;
  /** Folder that the photos are looked for in. */
  readonly folder: string;
  /** Photos that are not in it: the first of them, and how many there are. */
  readonly missing: readonly string[];
  readonly missingPhotos: number;
}

export type PairsMessage =
  | { readonly kind: 'pairs'; readonly view: PairsView }
  | { readonly kind: 'problem'; readonly name: string; readonly text: string };

export interface PairPhoto {
  /** As the list has it. */
  readonly name: string;
  /** Absent when the file is missing. */
  readonly address?: string;
}

export interface PairItem {
  /** Place in the list, from 0. */
  readonly number: number;
  readonly a: PairPhoto;
  readonly b: PairPhoto;
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

export const pairsRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('pairs'), params: z.object({ show: z.enum(pairShows), first: z.number().int().min(0), count: z.number().int().min(1).max(200) }) }),
  z.object({ name: z.literal('chooseFolder') }),
  z.object({ name: z.literal('tryAgain') }),
]);
export type PairsRequest = z.infer<typeof pairsRequestSchema>;
