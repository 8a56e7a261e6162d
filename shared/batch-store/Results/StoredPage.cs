namespace Sluice.BatchStore.Results;

/// <summary>A page as read for a download.</summary>
internal sealed record StoredPage(long FirstLine, int ShardNo, int PageNo, byte[] Body);
