/** What a call adds to its request to get the next page; nothing for the first. */
export interface NextPage {
  nextPageToken?: Uint8Array;
}

/** The pages of a listing or a history, each fetched once the one before it is used up. */
export async function* pagesOf<Page extends NextPage>(
  fetchPage: (next: NextPage) => Promise<Page>,
): AsyncGenerator<Page> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await fetchPage(nextPageToken ? { nextPageToken } : {});
    yield page;
    nextPageToken = page.nextPageToken;
  } while (nextPageToken?.length);
}
