using Sluice.Streaming.Responses;
using Sluice.TestKit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Responses that are left over, without a process that ever generated them.</summary>
internal static class LeftResponses
{
    /// <summary>One that is running at <paramref name="owner"/>.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">Which.</param>
    /// <param name="owner">Whose.</param>
    /// <param name="followed">SQL of the time at which it last had a reader elsewhere.</param>
    public static Task InsertAsync(PostgresDatabase database, ResponseKey key, Guid owner, string followed = "NULL") =>
        database.ExecuteAsync(
            $$"""
              INSERT INTO streaming.responses
                  (day, id, tenant, model, owner, state, head, request, can_continue, followed_at)
              VALUES ('{{key.Day:yyyy-MM-dd}}', '{{key.Id}}', 'dev', 'sluice-sim', '{{owner}}', 'running', '{',
                  '{"model":"sluice-sim","stream":true,"messages":[{"role":"user","content":"@sim count tokens=9"}]}',
                  true, {{followed}})
              """);
}
