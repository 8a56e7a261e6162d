using System.Runtime.CompilerServices;
using System.Text.Json;
using Shouldly;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Reads the events of a batch as a client does, with a position to come back with.</summary>
internal static class BatchEvents
{
    public static async IAsyncEnumerable<BatchEvent> ReadAsync(
        HttpClient client, string batch, string? lastEventId = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await OpenAsync(client, batch, lastEventId, cancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue();
        if (response.StatusCode == System.Net.HttpStatusCode.NoContent)
        {
            yield break;
        }

        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var (id, name) = ("", "");
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var value]:
                    id = value;
                    break;
                case ["event", var value]:
                    name = value;
                    break;
                case ["data", var value]:
                    yield return new(id, name, JsonDocument.Parse(value).RootElement);
                    break;
            }
        }
    }

    public static Task<HttpResponseMessage> OpenAsync(
        HttpClient client, string batch, string? lastEventId, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/batches/{batch}/events");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
