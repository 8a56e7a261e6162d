using System.ClientModel;
using System.Text;
using OpenAI.Responses;
using Shouldly;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Responses;

/// <summary>The official .NET client and the Responses API.</summary>
public sealed class ResponsesClientTests(SluiceFixture sluice)
{
    private const string Model = "sluice-sim";
    private const int Tokens = 30;

    private static readonly string s_text = string.Join(' ', Enumerable.Range(0, Tokens));

    private readonly ResponsesClient _client = new(
        new ApiKeyCredential(TestKeys.Dev),
        new ResponsesClientOptions { Endpoint = new Uri(sluice.Url, "/v1"), Transport = sluice.Transport });

    [Fact]
    public async Task A_response_is_created_retrieved_continued_and_deleted()
    {
        ResponseResult first = await _client.CreateResponseAsync(Model, $"@sim count tokens={Tokens}");
        ResponseResult again = await _client.GetResponseAsync(first.Id);
        ResponseResult second = await _client.CreateResponseAsync(
            Model, $"@sim count tokens={Tokens}", previousResponseId: first.Id);
        await _client.DeleteResponseAsync(first.Id);
        var gone = await Should.ThrowAsync<ClientResultException>(() => _client.GetResponseAsync(first.Id));

        first.GetOutputText().ShouldBe(s_text);
        first.Status.ShouldBe(ResponseStatus.Completed);
        first.Usage.OutputTokenCount.ShouldBe(Tokens);
        again.GetOutputText().ShouldBe(s_text);
        second.PreviousResponseId.ShouldBe(first.Id);
        second.Usage.InputTokenCount.ShouldBeGreaterThan(first.Usage.InputTokenCount);
        gone.Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_stream_is_left_and_rejoined_at_its_position()
    {
        var text = new StringBuilder();
        var id = "";
        var last = -1;
        await foreach (var update in await _client.CreateResponseStreamingAsync(
            Model, $"@sim count tokens={Tokens} delay_ms=10"))
        {
            id = update is StreamingResponseCreatedUpdate created ? created.Response.Id : id;
            last = update.SequenceNumber;
            text.Append((update as StreamingResponseOutputTextDeltaUpdate)?.Delta);
            if (last == 12)
            {
                break;
            }
        }

        await foreach (var update in await _client.GetResponseStreamingAsync(
            new GetResponseOptions(id) { StartingAfter = last, StreamingEnabled = true }))
        {
            update.SequenceNumber.ShouldBe(++last);
            text.Append((update as StreamingResponseOutputTextDeltaUpdate)?.Delta);
        }

        text.ToString().ShouldBe(s_text);
    }

    [Fact]
    public async Task A_background_response_is_cancelled()
    {
        var options = new CreateResponseOptions(Model, [ResponseItem.CreateUserMessageItem(
            "@sim count tokens=5000 delay_ms=20")])
        {
            BackgroundModeEnabled = true,
        };

        ResponseResult queued = await _client.CreateResponseAsync(options);
        ResponseResult cancelled = await _client.CancelResponseAsync(queued.Id);

        queued.Status.ShouldBe(ResponseStatus.Queued);
        cancelled.Status.ShouldBe(ResponseStatus.Cancelled);
    }
}
