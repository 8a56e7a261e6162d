using Shouldly;
using Sluice.Durability.Faults;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class PromptFaultsTests
{
    [Fact]
    public async Task A_prompts_point_is_reached_once_there_is_an_answer_that_could_break()
    {
        var faults = new PromptFaults(new Throwing());
        var response = TestResponse.New("""{"content":"a #poison word"}"""u8.ToArray());
        var point = faults.Of(response).ShouldNotBeNull();
        point.ShouldBe("response.poison");
        response.Append(LogEventKind.ChatChunk, "{}"u8, release: true);
        await faults.ReachAsync(point, response);

        response.Committed(response.Take().ShouldNotBeNull(), 1, []);

        await Should.ThrowAsync<FaultPointException>(async () => await faults.ReachAsync(point, response));
    }

    [Fact]
    public void A_prompt_without_a_word_and_a_process_without_faults_have_none()
    {
        new PromptFaults(new Throwing()).Of(TestResponse.New("{}"u8.ToArray())).ShouldBeNull();
        new PromptFaults(NoFaultPoints.Instance).Of(TestResponse.New("#poison"u8.ToArray())).ShouldBeNull();
    }

    private sealed class Throwing : IFaultPoints
    {
        public ValueTask ReachAsync(string name, CancellationToken cancellationToken) =>
            throw new FaultPointException(name);
    }
}
