using System.Diagnostics.CodeAnalysis;
using Shouldly;
using Sluice.Tasks;
using Xunit;

namespace Sluice.Tests.Unit.Tasks;

public sealed class TaskHandlersTests
{
    [Fact]
    public void A_handler_is_found_by_its_exact_type_and_endpoint()
    {
        var (mail, embed) = (new Named("mail.send"), new Named("embed", "/v1/embeddings"));

        var handlers = new TaskHandlers([mail, embed]);

        handlers.Types.ShouldBe(["embed", "mail.send"]);
        handlers.Endpoints.ShouldBe(["/v1/embeddings"]);
        handlers.TryFindType("mail.send"u8, out var found).ShouldBeTrue();
        found.ShouldBeSameAs(mail);
        handlers.TryFindEndpoint("/v1/embeddings"u8, out found).ShouldBeTrue();
        found.ShouldBeSameAs(embed);
        handlers.TryFindType("Mail.send"u8, out _).ShouldBeFalse();
        handlers.TryFindEndpoint("/v1/embeddings/"u8, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mail")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    public void A_type_that_could_not_be_written_safely_is_refused_at_start(string type)
    {
        Should.Throw<ArgumentException>(() => new TaskHandlers([new Named(type)])).Message.ShouldContain($"'{type}'");
    }

    [Fact]
    public void Two_handlers_of_one_name_are_refused_at_start()
    {
        Should.Throw<ArgumentException>(() => new TaskHandlers([new Named("a"), new Named("a")]));
        Should.Throw<ArgumentException>(() => new TaskHandlers([new Named("a", "/x"), new Named("b", "/x")]));
    }

    private sealed class Named(string type, string? endpoint = null) : ITaskHandler
    {
        public string Type => type;

        public string? Endpoint => endpoint;

        public TaskProblem? Check(ReadOnlyMemory<byte> data) => null;

        public bool TryPrepare(
            in TaskInput input,
            [NotNullWhen(true)] out TaskCall? prepared,
            [NotNullWhen(false)] out TaskProblem? problem)
        {
            (prepared, problem) = (null, TaskProblem.Invalid("It never runs."));
            return false;
        }
    }
}
