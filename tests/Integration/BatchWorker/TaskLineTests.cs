using Shouldly;
using Sluice.BatchStore.Results;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class TaskLineTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await fixture.StopAllAsync();

    [Fact]
    public async Task Each_line_runs_by_the_handler_of_its_endpoint_or_type()
    {
        var worker = await fixture.StartWorkerAsync();
        var batch = await fixture.NewBatchAsync(
            worker,
            [
                Lines.Chat("chat", "@sim count tokens=3"),
                """
                {"custom_id":"response","method":"POST","url":"/v1/responses",
                """.Trim() + """ "body":{"model":"sluice-sim","input":"@sim count tokens=4"}}""",
                """
                {"custom_id":"embedding","method":"POST","url":"\/v1\/embeddings",
                """.Trim() + """ "body":{"model":"sluice-sim","input":["a","b"],"dimensions":2}}""",
                """
                {"custom_id":"follow-up","method":"POST","url":"/v1/responses",
                """.Trim() + """ "body":{"model":"sluice-sim","input":"a","previous_response_id":"resp_1"}}""",
                """{"custom_id":"echo","type":"echo","data":{"b":[1,null],"a":"ä"}}""",
                """{"custom_id":"text","type":"echo","data":"only text"}""",
                """
                {"custom_id":"task","type":"chat.completions","data":{"model":"sluice-sim",
                """.Trim() + """ "messages":[{"role":"user","content":"@sim count tokens=2"}]}}""",
                """{"custom_id":"nobody","type":"teleport","data":{}}""",
                """{"custom_id":"nowhere","method":"POST","url":"/v1/images","body":{"model":"m"}}""",
                """{"custom_id":"nothing"}""",
                """
                {"custom_id":"contentless","method":"POST","url":"/v1/chat/completions",
                """.Trim() + """ "body":{"model":"sluice-sim","messages":[{"role":"user"}]}}""",
            ],
            linesPerShard: 3);

        await fixture.UntilDoneAsync(worker, batch);

        var results = (await fixture.ResultsAsync(batch, ResultKind.Output)).ToDictionary(r => r.CustomId);
        results["chat"].Content.ShouldBe("0 1 2");
        results["task"].Content.ShouldBe("0 1");
        results["echo"].Body.ShouldBe("""{"b":[1,null],"a":"ä"}""");
        results["text"].Body.ShouldBe("\"only text\"");
        results["response"].Body!.ShouldContain("\"text\":\"0 1 2 3\"");
        results["response"].Body!.ShouldContain("\"status\":\"completed\"");
        results["embedding"].Body!.ShouldContain("\"index\":1");
        (await fixture.TotalsAsync(batch)).CompletionTokens.ShouldBe(3 + 2 + 4);
        var errors = (await fixture.ResultsAsync(batch, ResultKind.Error)).ToDictionary(r => r.CustomId);
        errors["follow-up"].Code.ShouldBe("invalid_request");
        errors["nobody"].Code.ShouldBe("unknown_task_type");
        errors["nowhere"].Code.ShouldBe("unknown_endpoint");
        errors["nothing"].Code.ShouldBe("invalid_request");
        errors["contentless"].Code.ShouldBe("invalid_request");
    }

    [Fact]
    public async Task A_task_has_the_attempts_it_asks_for()
    {
        const string Refused =
            """{"model":"sluice-sim","messages":[{"role":"user","content":"@sim status=500 times=1 #""";
        var worker = await fixture.StartWorkerAsync();
        var batch = await fixture.NewBatchAsync(
            worker,
            [
                """{"custom_id":"once","type":"chat.completions","max_retries":0,"data":""" + Refused + "a\"}]}}",
                """{"custom_id":"twice","type":"chat.completions","max_retries":1,"data":""" + Refused + "b\"}]}}",
            ],
            linesPerShard: 2);

        await fixture.UntilDoneAsync(worker, batch);

        (await fixture.ResultsAsync(batch, ResultKind.Output)).Single().CustomId.ShouldBe("twice");
        (await fixture.ResultsAsync(batch, ResultKind.Error)).Single().Status.ShouldBe(500);
    }
}
